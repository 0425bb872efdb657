// <export-advisor></export-advisor>: the form in a frame that is as high as what it shows, now and after it changes; this
// page scrolls to what a link in it leads to.
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

    #pages = 0;

    // Scrolls this page to a height within the frame.
    #scroll(top) {
      window.scrollTo({ top: this.#frame.getBoundingClientRect().top + window.scrollY + top - 16 });
    }

    #listen = (event) => {
      if (event.source !== this.#frame?.contentWindow || event.origin !== service) return;
      const { type, height, top } = event.data ?? {};
      if (type === "export-advisor:height" && Number.isFinite(height)) this.#frame.style.height = `${height}px`;
      if (type === "export-advisor:show" && Number.isFinite(top)) this.#scroll(top);
      if (type === "export-advisor:page") {
        // The next page begins at its top; the first one moves nothing.
        this.#pages += 1;
        if (this.#pages > 1 && this.#frame.getBoundingClientRect().top < 0) this.#scroll(0);
      }
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
