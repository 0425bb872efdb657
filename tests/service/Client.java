import java.nio.file.Files;
import java.time.LocalDate;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.AssessmentsApi;
import org.openapitools.client.api.ScreeningsApi;
import org.openapitools.client.model.ApiStatus;
import org.openapitools.client.model.FullAssessment;
import org.openapitools.client.model.Profile;
import org.openapitools.client.model.ProfileExportsGoods;
import org.openapitools.client.model.ProfileFinancingNeed;
import org.openapitools.client.model.ProfileSize;
import org.openapitools.client.model.SizeValue;

/** Assesses a firm and screens lists with the client generated from the description of the API. */
class Client {
    public static void main(String[] args) throws Exception {
        var client = new ApiClient();
        client.updateBaseUri(args[0]);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + args[1]));
        var day = LocalDate.of(2026, 11, 25);

        var profile = new Profile()
                .exportsGoods(new ProfileExportsGoods(true))
                .size(new ProfileSize(SizeValue.MICRO))
                .financingNeed(new ProfileFinancingNeed(true));
        FullAssessment full = new AssessmentsApi(client)
                .assess(profile, day, null, null, null, null, null, null, null)
                .getFullAssessment();
        var guarantee = full.getSupports().stream().filter(s -> s.getId().equals("guarantee-small-micro")).findAny();
        check(guarantee.orElseThrow().getStatus() == ApiStatus.APPLIES, "another status");
        long choices = full.getSupports().stream()
                .flatMap(support -> support.getWouldChange().stream())
                .flatMap(set -> set.stream())
                .filter(need -> need.getNeeds().getActualInstance() instanceof org.openapitools.client.model.OneOf)
                .mapToLong(need -> need.getNeeds().getOneOf().getOneOf().size())
                .sum();
        check(choices > 0, "nothing would change");

        try {
            new AssessmentsApi(client).assess(new Profile().industry("X9999"), day, null, null, null, null, null, null, null);
            check(false, "a wrong code is taken");
        } catch (ApiException error) {
            check(error.getCode() == 422 && error.getResponseBody().contains("bad_code"), error.getMessage());
        }

        var list = Files.createTempFile("list", ".csv");
        Files.writeString(list, "编号,是否出口\nA1,是\n");
        var last = Files.createTempFile("last", ".csv");
        Files.writeString(last, "编号,是否出口\nA1,否\n");
        var screenings = new ScreeningsApi(client);
        var screened = screenings.screenUpload(
                list.toFile(), day, "domestic-fairs", null, null, null, null, null, null, null, null, null, null);
        var rows = Files.readString(screened.toPath());
        check(rows.contains("summary") && rows.contains("applies"), rows);
        var compared = screenings.compareLists("编号", last.toFile(), list.toFile(), day, "domestic-fairs",
                null, null, null, null, null, null, null, null, null, null, null, null);
        var changes = Files.readString(compared.toPath());
        check(changes.contains("exports_goods"), changes);
        System.out.println("Java: the firm is assessed, the lists screened");
    }

    private static void check(boolean holds, String message) {
        if (!holds) throw new IllegalStateException(message);
    }
}
