//! The program: everything it does is in the library's `cli` module.

fn main() -> std::process::ExitCode {
    export_advisor::cli::run()
}
