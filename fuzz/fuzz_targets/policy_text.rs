#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    export_advisor_fuzz::blind::note(data);
    export_advisor_fuzz::policy_text(data);
});
