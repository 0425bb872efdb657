using System;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;

// Posts a list with .NET's client: Lists.exe URL KEY LIST ANSWER.
class Lists {
    static void Main(string[] args) {
        var client = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", args[1]);
        using (var list = File.OpenRead(args[2])) {
            var content = new StreamContent(list);
            var type = args[2].EndsWith(".csv") ? "text/csv" : "application/x-ndjson";
            content.Headers.ContentType = new MediaTypeHeaderValue(type);
            var answer = client.PostAsync(args[0], content).Result;
            answer.EnsureSuccessStatusCode();
            using (var file = File.Create(args[3])) answer.Content.CopyToAsync(file).Wait();
        }
    }
}
