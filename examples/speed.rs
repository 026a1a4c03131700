//! scratch
use microlearners::{data::*, observables::*, rules::*, training::*};
use std::time::Instant;
fn main() -> microlearners::Result<()> {
    let data = Dataset::mnist()?;
    let task = Task::classification(&data, &TaskSettings::default())?;
    for rule in microlearners::rules::all().into_iter().take(2) {
        let _ = Backprop;
        let t = Instant::now();
        let tr = train(&Experiment::new(&task).rule_from(&rule))?;
        let a = t.elapsed();
        let t = Instant::now();
        observe(&tr, &Instrument::perfect(), &ObservableSet::default())?;
        println!("{} train {:.3?} observe {:.3?}", rule.about().name, a, t.elapsed());
    }
    Ok(())
}
