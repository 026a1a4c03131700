//! How similar models of RDMs are to the networks, with the noise ceiling as a band.

use super::drawing::axis::{Axis, Scale, alike, short};
use super::drawing::canvas::{Anchor, Area, Canvas, Fill, Stroke, Type};
use super::drawing::figure::{Figure, Picture};
use super::drawing::fonts;
use super::drawing::labels::elided;
use super::drawing::plot::{faded, ticks_below};
use super::drawing::style::{FADED, GRID, INK, PLAIN, RULE, SMALL, fixed_colour};
use super::label_of_rule;
use crate::representations::{Comparison, Evaluation, Generalisation, NoiseCeiling};
use crate::{Error, Result};

const ROW: f64 = 27.0;
/// However large the figure, bars remain bars.
const HIGHEST_ROW: f64 = 36.0;

/// One model: its mean, and the ends of its interval.
#[derive(Debug)]
struct Model {
    /// As the evaluation has it, which decides the colour.
    key: String,
    name: String,
    mean: f64,
    low: f64,
    high: f64,
    per_subject: Vec<f64>,
}

/// Draws the mean similarity of each model with the subjects as a bar, in the order in which the
/// models were given: a faint dot for each subject, a thin line for the 95 % interval, and the noise
/// ceiling as a band. The note says what the interval is over: networks, stimuli, or both.
///
/// ```
/// use microlearners::figures::model_similarity;
/// use microlearners::representations::{Comparison, Rdm, RdmModel, evaluate};
///
/// let names = ["cat", "dog", "car", "bus"].map(String::from);
/// let groups = ["animal", "animal", "vehicle", "vehicle"].map(String::from);
/// let model = RdmModel::fixed("animacy", &Rdm::of_groups(&names, &groups)?);
/// let subject = |values: [f64; 6]| Rdm::new(&names, values.to_vec(), "correlation").unwrap();
/// let subjects = [
///     subject([0.2, 0.9, 0.8, 0.7, 0.9, 0.1]),
///     subject([0.4, 0.8, 0.9, 0.5, 0.7, 0.3]),
///     subject([0.3, 1.0, 0.8, 0.9, 0.6, 0.2]),
/// ];
/// let found = evaluate(&[model], &subjects, Comparison::Pearson)?;
/// let figure = model_similarity("Animacy reaches the noise ceiling", &found)?;
/// assert!(figure.description().contains("over 3 networks"));
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Figure`] if no model has a finite mean.
pub fn model_similarity(title: &str, evaluation: &Evaluation) -> Result<Figure> {
    let finite = evaluation.models.iter().filter(|model| model.mean.is_finite());
    let models: Vec<Model> = finite
        .map(|model| Model {
            key: model.name.clone(),
            name: name(&model.name),
            mean: model.mean,
            low: model.interval.low,
            high: model.interval.high,
            per_subject: model.per_subject.clone(),
        })
        .collect();
    if models.is_empty() {
        return Err(Error::Figure(format!("\"{title}\" has no model with a finite similarity")));
    }
    let over = match evaluation.generalisation {
        Generalisation::Subjects => format!("over {} networks", evaluation.subjects),
        Generalisation::Stimuli => format!("over {} stimuli", evaluation.stimuli),
        Generalisation::Both => {
            format!("over {} networks and {} stimuli", evaluation.subjects, evaluation.stimuli)
        }
    };
    let band = match evaluation.ceiling {
        Some(NoiseCeiling { lower, upper }) => {
            format!(" Band: noise ceiling, {} to {}.", short(lower), short(upper))
        }
        None => String::new(),
    };
    let note = format!("Dots: one network each. Thin lines: 95 % intervals {over}.{band}");
    let label = format!("similarity with the networks ({})", in_words(evaluation.comparison));
    let picture = Models { models, ceiling: evaluation.ceiling, label };
    let description = format!("{} {note}", picture.in_words());
    let height = 128.0 + ROW * picture.models.len() as f64;
    Ok(Figure::new(title, (680, height as u32), picture).described(description).noted(note))
}

/// A rule's name as a person writes it; any other name as it stands.
fn name(name: &str) -> String {
    if fixed_colour(name).is_some() { label_of_rule(name) } else { elided(name) }
}

fn in_words(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Cosine => "cosine",
        Comparison::Pearson => "Pearson's r",
        Comparison::Spearman => "Spearman's ρ",
        Comparison::KendallTauA => "Kendall's τ_a",
        Comparison::KendallTauB => "Kendall's τ_b",
        Comparison::RhoA => "ρ_a",
        Comparison::WhitenedCosine => "whitened cosine",
        Comparison::WhitenedPearson => "whitened Pearson's r",
    }
}

/// The figure's content.
#[derive(Debug)]
struct Models {
    models: Vec<Model>,
    ceiling: Option<NoiseCeiling>,
    label: String,
}

impl Models {
    fn in_words(&self) -> String {
        let of = |model: &Model| {
            let [mean, low, high] = [model.mean, model.low, model.high].map(short);
            format!("{} {mean} ({low} to {high})", model.name)
        };
        let models: Vec<String> = self.models.iter().map(of).collect();
        format!("Bar chart of {}: {}.", self.label, models.join(", "))
    }

    /// From 0, or from what lies below it, to what is highest.
    fn axis(&self) -> Axis {
        let of = |model: &Model| [model.mean, model.low, model.high];
        let ends = self.models.iter().flat_map(of);
        let dots = self.models.iter().flat_map(|model| model.per_subject.iter().copied());
        let ceiling = self.ceiling.into_iter().flat_map(|ceiling| [ceiling.lower, ceiling.upper]);
        let all: Vec<f64> =
            ends.chain(dots).chain(ceiling).filter(|value| value.is_finite()).collect();
        let low = all.iter().copied().fold(0.0, f64::min);
        let high = all.iter().copied().fold(low, f64::max);
        Axis::between(low, low + 1.02 * (high - low).max(1e-9), Scale::Linear)
    }

    fn draw_frame(&self, canvas: &mut Canvas, inner: &Area, axis: &Axis) {
        if let Some(NoiseCeiling { lower, upper }) = self.ceiling {
            let (left, right) = (across(inner, axis, lower), across(inner, axis, upper));
            // A ceiling of one value is still to be seen.
            let band = Area::new(left, inner.top, (right - left).max(2.0), inner.height);
            canvas.rectangle(band, Fill::sheer(FADED, 0.28));
            let at = ((left + right) / 2.0, inner.top - 6.0);
            canvas.text("noise ceiling", at, faded().anchor(Anchor::Middle));
        }
        for (tick, _) in &axis.ticks {
            let x = across(inner, axis, *tick);
            canvas.line(vec![(x, inner.top), (x, inner.bottom())], Stroke::solid(GRID, 1.0));
        }
        ticks_below(canvas, inner, axis);
        let at = (inner.right(), inner.bottom() + 34.0);
        canvas.text(format!("{} →", self.label), at, faded().anchor(Anchor::End));
    }

    fn draw_model(
        &self,
        canvas: &mut Canvas,
        row: Area,
        (model, axis, value): (&Model, &Axis, &str),
    ) {
        let middle = row.top + row.height / 2.0;
        let (zero, end) = (across(&row, axis, 0.0), across(&row, axis, model.mean));
        let bar = Area::new(zero.min(end), row.top + 5.0, (end - zero).abs(), row.height - 10.0);
        let usual = fixed_colour(&model.key).unwrap_or(PLAIN);
        canvas.rectangle(bar, Fill::of(canvas.colour(&model.key, usual).lighter(0.35)));
        for similarity in model.per_subject.iter().filter(|value| value.is_finite()) {
            canvas.dot((across(&row, axis, *similarity), middle), 2.6, Fill::sheer(INK, 0.35));
        }
        if model.low.is_finite() && model.high > model.low {
            let ends = [model.low, model.high].map(|end| across(&row, axis, end));
            canvas.line(ends.map(|x| (x, middle)).to_vec(), Stroke::solid(INK, 1.5));
            for x in ends {
                canvas.line(vec![(x, middle - 4.0), (x, middle + 4.0)], Stroke::solid(INK, 1.5));
            }
        }
        let baseline = middle + 0.36 * SMALL;
        let kind = Type::new(SMALL).anchor(Anchor::End);
        canvas.text(model.name.as_str(), (row.left - 8.0, baseline), kind);
        canvas.text(value, (row.right() + 12.0, baseline), Type::new(SMALL).bold());
    }
}

fn across(inner: &Area, axis: &Axis, value: f64) -> f64 {
    inner.left + axis.share(value) * inner.width
}

impl Picture for Models {
    fn draw(&self, canvas: &mut Canvas, area: Area) {
        let beside = fonts::widest(self.models.iter().map(|m| m.name.as_str()), SMALL) + 10.0;
        let means: Vec<f64> = self.models.iter().map(|model| model.mean).collect();
        let ends: Vec<f64> = self.models.iter().flat_map(|model| [model.low, model.high]).collect();
        let values = alike(&means, &ends);
        // Values are bold, which is wider than the measure by about a sixth.
        let after = 24.0 + 1.17 * fonts::widest(values.iter().map(String::as_str), SMALL);
        let (mut inner, axis) = (area.inside(beside, 20.0, after, 38.0), self.axis());
        inner.height = inner.height.min(HIGHEST_ROW * self.models.len() as f64);
        self.draw_frame(canvas, &inner, &axis);
        let height = inner.height / self.models.len() as f64;
        for (index, model) in self.models.iter().enumerate() {
            let top = inner.top + index as f64 * height;
            let row = Area { top, height, ..inner };
            self.draw_model(canvas, row, (model, &axis, &values[index]));
        }
        let zero = across(&inner, &axis, 0.0);
        canvas.line(vec![(zero, inner.top), (zero, inner.bottom())], Stroke::solid(RULE, 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::{Rdm, RdmModel, evaluate};

    fn parts() -> (Vec<RdmModel>, Vec<Rdm>) {
        let names = ["a", "b", "c", "d"].map(String::from);
        let rdm = |values: [f64; 6]| Rdm::new(&names, values.to_vec(), "correlation").unwrap();
        let groups = ["x", "x", "y", "y"].map(String::from);
        let category = RdmModel::fixed("category", &Rdm::of_groups(&names, &groups).unwrap());
        let other = RdmModel::fixed("backprop", &rdm([0.9, 0.1, 0.4, 0.3, 0.2, 0.8]));
        let subjects = vec![
            rdm([0.2, 0.9, 0.8, 0.7, 0.9, 0.1]),
            rdm([0.4, 0.8, 0.9, 0.5, 0.7, 0.3]),
            rdm([0.3, 1.0, 0.8, 0.9, 0.6, 0.2]),
        ];
        (vec![category, other], subjects)
    }

    #[test]
    fn models_and_their_ceiling_are_described() {
        let (models, subjects) = parts();
        let found = evaluate(&models, &subjects, Comparison::Pearson).unwrap();
        let figure = model_similarity("Category", &found).unwrap();
        let words = figure.description();
        assert!(words.contains("category 0.9") && words.contains("backprop −"), "{words}");
        assert!(
            words.contains("95 % intervals over 3 networks. Band: noise ceiling, 0."),
            "{words}"
        );
        assert!(figure.to_svg().contains("noise ceiling"));
    }

    #[test]
    fn the_note_says_what_was_drawn() {
        let (models, subjects) = parts();
        let found = Evaluation {
            generalisation: Generalisation::Stimuli,
            ceiling: None,
            ..evaluate(&models, &subjects, Comparison::Pearson).unwrap()
        };
        let figure = model_similarity("One network", &found).unwrap();
        assert!(figure.description().contains("over 4 stimuli"), "{figure}");
        assert!(!figure.description().contains("Band"), "{figure}");
    }

    #[test]
    fn without_a_finite_similarity_there_is_nothing_to_draw() {
        let (models, subjects) = parts();
        let mut found = evaluate(&models, &subjects, Comparison::Pearson).unwrap();
        found.models.iter_mut().for_each(|model| model.mean = f64::NAN);
        assert!(model_similarity("Nothing", &found).is_err());
    }
}
