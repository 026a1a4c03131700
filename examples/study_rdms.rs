//! The representational dissimilarity matrices of many networks: how long they take, and how much
//! memory the program holds. 784-100-100-10 under six rules, 200 digits, all layers, 21 checkpoints:
//!
//!     cargo run --example study_rdms -- 300
//!
//! The argument is the number of networks, 50 seeds of each rule by default. RDMs are made while the
//! networks train; then those of each layer are compared by the whitened cosine, checkpoint by
//! checkpoint. Memory is what the system says the process held at the most (Linux).
#![allow(missing_docs)]

use std::time::Instant;

use microlearners::prelude::*;

const RULES: [&str; 6] = [
    "backprop",
    "feedback_alignment",
    "direct_feedback_alignment",
    "kolen_pollack",
    "sign_symmetry",
    "weight_mirror",
];

fn main() -> Result<(), Error> {
    let networks: u64 = match std::env::args().nth(1) {
        None => 300,
        Some(text) => text.parse().map_err(|_| {
            Error::setting("argument", &text, "give the number of networks, such as 300")
        })?,
    };
    let digits = Dataset::mnist()?.subset(5_000, 1_000, 0)?;
    let settings = TaskSettings { probe_stimuli: 200, ..TaskSettings::default() };
    let base = Experiment::new(&Task::classification(&digits, &settings)?)
        .architecture(Architecture::hidden(&[100, 100]))
        .batch_size(128)
        .epochs(3)
        .checkpoints(Checkpoints::Count(21));
    let rules: Vec<Rule> =
        RULES.iter().map(|name| rules::named(name)).collect::<Result<_, Error>>()?;
    let study = Study::of(base).rules(&rules).seeds(networks / RULES.len() as u64);
    let spec = RdmSpec { checkpoints: (0..21).collect(), ..RdmSpec::default() };
    let began = Instant::now();
    let rdms = StudyRdms::of(&study, &spec)?;
    println!(
        "{} RDMs of {} networks trained and measured in {:.0} s; {}",
        rdms.table().height(),
        study.experiments.len(),
        began.elapsed().as_secs_f64(),
        memory()
    );
    let began = Instant::now();
    for layer in 1..=3 {
        let pairs = rdms.similarities(layer, Comparison::WhitenedCosine)?;
        println!("layer {layer}: {} pairs, {}", pairs.height(), memory());
    }
    println!("compared in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    most.map_or_else(|| "memory unknown".into(), |most| format!("at most {} held", most.trim()))
}
