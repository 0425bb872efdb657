import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;

/** Posts a list with Java's client: Lists URL KEY LIST ANSWER. */
public class Lists {
    public static void main(String[] args) throws Exception {
        var type = args[2].endsWith(".csv") ? "text/csv" : "application/x-ndjson";
        var request = HttpRequest.newBuilder(URI.create(args[0]))
            .header("Authorization", "Bearer " + args[1])
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofFile(Path.of(args[2])))
            .build();
        var client = HttpClient.newHttpClient();
        var answer = client.send(request, HttpResponse.BodyHandlers.ofFile(Path.of(args[3])));
        if (answer.statusCode() != 200) throw new IllegalStateException("status " + answer.statusCode());
    }
}
