// <export-advisor></export-advisor>: the form in a frame that is as high as what it shows.
//
//   <script defer src="https://advisor.example.org/assets/embed.js"></script>
//   <export-advisor lang="zh"></export-advisor>
//
// It only wraps <iframe src="https://advisor.example.org/embed?lang=zh">, which works without it.
(() => {
  "use strict";
  const service = new URL(document.currentScript.src).origin;

  class ExportAdvisor extends HTMLElement {
    #frame = null;

    #listen = (event) => {
      if (event.source !== this.#frame?.contentWindow || event.origin !== service) return;
      const { type, height } = event.data ?? {};
      if (type === "export-advisor:height" && Number.isFinite(height)) this.#frame.style.height = `${height}px`;
    };

    connectedCallback() {
      const lang = this.getAttribute("lang") === "en" ? "en" : "zh";
      const frame = document.createElement("iframe");
      frame.src = `${service}/embed?lang=${lang}`;
      frame.title = lang === "en" ? "Trade support finder" : "外贸支持政策查询";
      frame.style.cssText = "border: 0; display: block; width: 100%; height: 48rem";
      window.addEventListener("message", this.#listen);
      this.#frame = frame;
      this.replaceChildren(frame);
    }

    disconnectedCallback() {
      window.removeEventListener("message", this.#listen);
    }
  }

  customElements.define("export-advisor", ExportAdvisor);
})();
