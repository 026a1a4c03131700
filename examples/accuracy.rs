//! scratch
use microlearners::{data::*, network::*, rules::*, training::*};
use std::sync::Arc;
use std::time::Instant;
fn main() -> microlearners::Result<()> {
    let t = Instant::now();
    let data = Dataset::mnist()?;
    println!("load {:?}", t.elapsed());
    let t = Instant::now();
    let task = Task::classification(&data, &TaskSettings::default())?;
    println!("task {:?}", t.elapsed());
    let seeds: u64 = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(1);
    let relu = Architecture::default().with_activation(Activation::Relu);
    let sig = Architecture::default();
    let cases: Vec<(&str, Architecture, Rule, f64)> = vec![
        ("bp relu .1", relu.clone(), Arc::new(Backprop), 0.1),
        ("fa relu .1", relu.clone(), Arc::new(FeedbackAlignment::default()), 0.1),
        ("kp relu .1", relu.clone(), Arc::new(KolenPollack::default()), 0.1),
        ("chl sig .5", sig.clone(), Arc::new(ContrastiveHebbian::default()), 0.5),
        ("bp sig .5", sig.clone(), Arc::new(Backprop), 0.5),
        ("fa sig .5", sig.clone(), Arc::new(FeedbackAlignment::default()), 0.5),
        ("kp sig .5", sig.clone(), Arc::new(KolenPollack::default()), 0.5),
        ("hebb sig 1e-4", sig.clone(), Arc::new(Hebbian::default()), 1e-4),
        ("bp relu .01", relu.clone(), Arc::new(Backprop), 0.01),
        ("bp sig .01", sig.clone(), Arc::new(Backprop), 0.01),
        ("none", sig.clone(), Arc::new(NoTraining), 0.01),
        ("class means", relu.clone(), Arc::new(Hebbian::supervised()), 0.1),
    ];
    for (name, arch, rule, lr) in cases {
        let mut acc = vec![];
        let t = Instant::now();
        let mut last = None;
        for seed in 0..seeds {
            let tr = train(
                &Experiment::new(&task)
                    .architecture(arch.clone())
                    .rule_from(&rule)
                    .learning_rate(lr)
                    .seed(seed),
            )?;
            acc.push(tr.test.accuracy);
            last = Some(tr);
        }
        let tr = last.unwrap();
        println!(
            "{name}: mean {:.4} {:?} change {:.3?} settled {} angle0 {:.1?} angle {:.1?} fb {:.1?}  {:?} each",
            acc.iter().sum::<f64>() / seeds as f64,
            acc,
            tr.snapshots.last().unwrap().weight_change,
            tr.settled,
            tr.snapshots[0].gradient_angle,
            tr.snapshots.last().unwrap().gradient_angle,
            tr.snapshots.last().unwrap().feedback_angle,
            t.elapsed() / seeds as u32
        );
    }
    Ok(())
}
