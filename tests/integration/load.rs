#[test]
fn loads() {
    let a = crate::support::advisor();
    eprintln!("{} supports {} nodes {}", a.book().supports.len(), a.plan.nodes.len(), a.book().version);
}
