//! `sbom`: what the program is made of, as a CycloneDX document.
//!
//! It is told from the lock file that the program was built with: every crate that can be linked, on
//! whatever platform, with version and SHA-256. What only tests and benchmarks use is left out.

use super::{CliError, print};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const LOCK: &str = include_str!("../../Cargo.lock");
/// The manifests of the project's own packages: the lock file does not say which dependencies only tests use.
const MANIFESTS: [&str; 3] = [
    include_str!("../../Cargo.toml"),
    include_str!("../../crates/core/Cargo.toml"),
    include_str!("../../crates/screening/Cargo.toml"),
];
const NAME: &str = env!("CARGO_PKG_NAME");

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Named,
    dependencies: BTreeMap<String, toml::Value>,
    #[serde(default)]
    target: BTreeMap<String, Target>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Target {
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

impl Manifest {
    fn needs(&self, name: &str) -> bool {
        let mut targets = self.target.values();
        self.dependencies.contains_key(name)
            || targets.any(|target| target.dependencies.contains_key(name))
    }
}

impl Package {
    fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }

    /// Whether a dependency's line, `name` or `name version`, means this package.
    fn is(&self, line: &str) -> bool {
        let mut fields = line.split(' ');
        fields.next() == Some(&self.name) && fields.next().is_none_or(|it| it == self.version)
    }
}

/// Prints the document.
pub(super) fn run() -> Result<(), CliError> {
    let document = document().map_err(|error| CliError::Faults(error.to_string()))?;
    print(&format!("{document:#}\n"))
}

fn document() -> Result<Value, toml::de::Error> {
    let lock: Lock = toml::from_str(LOCK)?;
    let manifests = MANIFESTS.iter().map(|text| toml::from_str(text));
    let manifests: Vec<Manifest> = manifests.collect::<Result<_, _>>()?;
    let named = |line: &str| lock.package.iter().find(|package| package.is(line));
    let needs = |package: &Package| -> Vec<&Package> {
        let lines = package.dependencies.iter().filter(|line| {
            let name = line.split(' ').next().unwrap_or(line);
            let manifest = manifests.iter().find(|own| own.package.name == package.name);
            manifest.is_none_or(|manifest| manifest.needs(name))
        });
        lines.filter_map(|line| named(line)).collect()
    };
    let mut seen = BTreeSet::from([NAME.to_owned()]);
    let mut waiting: Vec<&Package> = named(NAME).into_iter().collect();
    let (mut components, mut dependencies) = (BTreeMap::new(), BTreeMap::new());
    while let Some(package) = waiting.pop() {
        let needed = needs(package);
        let purls: Vec<String> = needed.iter().map(|package| package.purl()).collect();
        dependencies.insert(package.purl(), json!({ "ref": package.purl(), "dependsOn": purls }));
        if package.name != NAME {
            // The project's own packages come from no registry.
            let hashes = package.checksum.iter();
            let hashes = hashes.map(|hash| json!({ "alg": "SHA-256", "content": hash }));
            let component = json!({
                "type": "library",
                "bom-ref": package.purl(),
                "name": package.name,
                "version": package.version,
                "purl": package.purl(),
                "hashes": hashes.collect::<Vec<_>>(),
            });
            components.insert(package.purl(), component);
        }
        waiting.extend(needed.into_iter().filter(|package| seen.insert(package.purl())));
    }
    let own = format!("pkg:cargo/{NAME}@{}", env!("CARGO_PKG_VERSION"));
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": {
            "type": "application",
            "bom-ref": own,
            "name": NAME,
            "version": env!("CARGO_PKG_VERSION"),
            "purl": own,
            "licenses": [{ "license": { "id": env!("CARGO_PKG_LICENSE") } }],
        } },
        "components": components.into_values().collect::<Vec<_>>(),
        "dependencies": dependencies.into_values().collect::<Vec<_>>(),
    }))
}
