//! Builds the crate anew when a rule or a policy text changes, since both are built into it.

fn main() {
    println!("cargo::rerun-if-changed=../../rules");
    println!("cargo::rerun-if-changed=../../seeds");
}
