//! Every kind of figure with numbers and names at the edges: it is drawn, as SVG that is XML and as
//! PNG, or refused in one sentence; and soon.

use std::panic::{AssertUnwindSafe, catch_unwind};

use microlearners::classification::{ConfusionMatrix, DecisionTree, Samples};
use microlearners::figures::{
    Axes, Bars, Dots, Figure, HeatMap, Histogram, LearningCurves, Mark, ReceptiveFields, Scatter,
    SpecificationCurve, bars, confusion_matrix, confusion_matrix_as_ordered, decision_tree,
    dendrogram, dots, embedding, grid, heat_map, held_out, histogram, importance, learning_curves,
    rdm_map, receptive_fields, robustness, scatter, small_multiples, specification_curve,
    trajectories,
};
use microlearners::ndarray::Array2;
use microlearners::network::Matrix;
use microlearners::polars::prelude::{Column, DataFrame};
use microlearners::representations::Rdm;
use microlearners::{Error, Result};

/// Numbers and the names that go with them, in turn.
#[derive(Clone, Debug)]
struct Case {
    about: &'static str,
    values: Vec<f64>,
    names: Vec<String>,
}

impl Case {
    fn name(&self, index: usize) -> String {
        self.names.get(index % self.names.len().max(1)).cloned().unwrap_or_default()
    }

    fn all_names(&self) -> Vec<String> {
        (0..self.values.len()).map(|index| self.name(index)).collect()
    }

    fn table(&self, columns: &[&str]) -> DataFrame {
        let rows = self.values.len();
        let names = self.all_names();
        let column = |name: &&str| match *name {
            "rule" => Column::new("rule".into(), names.clone()),
            "run" => Column::new("run".into(), (0..rows as u32).map(|i| i / 2).collect::<Vec<_>>()),
            "step" => {
                Column::new("step".into(), (0..rows as u32).map(|i| i % 2).collect::<Vec<_>>())
            }
            "layer" => Column::new("layer".into(), vec![1_u32; rows]),
            number => Column::new((*number).into(), self.values.clone()),
        };
        DataFrame::new(rows, columns.iter().map(column).collect()).expect("a table")
    }

    fn matrix(&self) -> Array2<f64> {
        let side = self.values.len().min(30);
        Array2::from_shape_fn((side, side), |(i, j)| self.values[(i + j) % self.values.len()])
    }

    fn samples(&self) -> Result<Samples> {
        let features = Array2::from_shape_fn((self.values.len(), 2), |(i, j)| {
            self.values[(i + j) % self.values.len()]
        });
        let groups: Vec<u64> = (0..self.values.len() as u64).collect();
        let labels = (0..self.values.len()).map(|i| i % 2).collect();
        let classes = vec![self.name(0), format!("{} again", self.name(1))];
        let names = vec![self.name(2), "weightraw_norm".into()];
        Samples::new(features, names, labels, classes, groups)
    }

    fn confusion(&self) -> Result<ConfusionMatrix> {
        // Of more classes the clustering, not its picture, takes long.
        let count = self.values.len().min(300);
        let counts = (0..count).map(|i| (0..count).map(|j| (i + 2 * j) as u64 % 5).collect());
        let names = (0..count).map(|class| self.name(class)).collect();
        ConfusionMatrix::new(names, counts.collect())
    }
}

type Kind = (&'static str, fn(&Case) -> Result<Figure>);

fn curves(case: &Case, spec: LearningCurves) -> Result<Figure> {
    learning_curves(&case.table(&["rule", "run", "step", "layer", "accuracy"]), &spec)
}

fn spec(case: &Case) -> LearningCurves {
    LearningCurves::new(&case.name(0), "step", "accuracy").with_line(&case.name(1), 0.1)
}

const KINDS: [Kind; 34] = [
    ("bars", |case| {
        let names = case.all_names();
        let rows = names.iter().zip(&case.values);
        let all = rows.fold(Bars::new(&case.name(0), &case.name(1)), |all, (name, value)| {
            all.with_bar(name, *value, value - 1.0, value * 2.0).with_mark(
                Mark::Shuffled,
                "shuffled",
                *value,
            )
        });
        bars(&all.with_line(&case.name(0), 0.3))
    }),
    ("importance", |case| {
        importance(&case.name(0), &case.all_names(), &case.values, &case.values, 500)
    }),
    ("dots", |case| dots(&case.table(&["rule", "run", "loss"]), &Dots::new(&case.name(0), "loss"))),
    ("dots by layer, logarithmic", |case| {
        let spec = Dots::new(&case.name(0), "loss").within("layer").with_log_scale();
        dots(&case.table(&["rule", "run", "layer", "loss"]), &spec)
    }),
    ("learning curves", |case| curves(case, spec(case))),
    ("learning curves, logarithmic", |case| curves(case, spec(case).with_log_scale())),
    ("learning curves, logarithmic steps", |case| curves(case, spec(case).with_log_x())),
    ("learning curves of each", |case| curves(case, spec(case).with_each())),
    ("learning curves by layer", |case| curves(case, spec(case).with_panels("layer"))),
    ("learning curves by rule", |case| curves(case, spec(case).with_panels("rule"))),
    ("learning curves, own axes", |case| {
        curves(case, LearningCurves { axes: Axes::Own, ..spec(case).with_panels("layer") })
    }),
    ("learning curves over values", |case| {
        let spec = LearningCurves::new(&case.name(0), "loss", "accuracy");
        learning_curves(&case.table(&["rule", "run", "loss", "accuracy"]), &spec)
    }),
    ("learning curves over values, logarithmic", |case| {
        let spec = LearningCurves::new(&case.name(0), "loss", "accuracy").with_log_x();
        learning_curves(&case.table(&["rule", "run", "loss", "accuracy"]), &spec.with_log_scale())
    }),
    ("trajectories", |case| {
        let table = case.table(&["rule", "run", "step", "layer", "weightraw_norm"]);
        trajectories(&case.name(0), &table, "weightraw_norm")
    }),
    ("small multiples", |case| {
        let table = case.table(&["rule", "run", "step", "loss", "accuracy"]);
        small_multiples(&case.name(0), &table, "rule", &["loss", "accuracy"])
    }),
    ("histogram", |case| {
        let values = Histogram::new(&case.name(0), &case.name(1));
        histogram(&values.with_values(&case.name(0), &case.values).with_values("more", &[1.0]))
    }),
    ("histogram of one set", |case| {
        let values = Histogram::new(&case.name(0), &case.name(1));
        histogram(&values.with_values(&case.name(0), &case.values))
    }),
    ("histogram in a range", |case| {
        let values = Histogram::new(&case.name(0), &case.name(1)).with_range(-1e308, 1e308);
        histogram(&values.with_values(&case.name(0), &case.values))
    }),
    ("scatter", |case| scatter(&points(case))),
    ("scatter with names", |case| scatter(&points(case).with_names().with_log_x())),
    ("heat map", |case| heat_map(&HeatMap::new(&case.name(0), &case.name(1), &case.matrix()))),
    ("heat map with names", |case| {
        let matrix = case.matrix();
        let names: Vec<String> = (0..matrix.nrows()).map(|row| case.name(row)).collect();
        let spec = HeatMap::new(&case.name(0), &case.name(1), &matrix).with_numbers();
        heat_map(&spec.with_rows(&names).with_columns(&names))
    }),
    ("heat map in a range", |case| {
        let spec = HeatMap::new(&case.name(0), &case.name(1), &case.matrix());
        heat_map(&spec.with_range(-f64::MAX, f64::MAX))
    }),
    ("confusion matrix", |case| confusion_matrix(&case.name(0), &case.confusion()?)),
    ("confusion matrix as ordered", |case| {
        confusion_matrix_as_ordered(&case.name(0), &case.confusion()?)
    }),
    ("dendrogram", |case| dendrogram(&case.name(0), &case.confusion()?.hierarchy())),
    ("RDM map", |case| {
        let count = case.values.len().clamp(2, 12);
        let value = |pair: usize| case.values.get(pair % case.values.len().max(1));
        let values = (0..count * (count - 1) / 2).map(|pair| value(pair).copied().unwrap_or(0.0));
        let names: Vec<String> = (0..count).map(|condition| condition.to_string()).collect();
        let groups: Vec<String> = (0..count).map(|condition| case.name(condition)).collect();
        rdm_map(&case.name(0), &Rdm::new(&names, values.collect(), &case.name(1))?, &groups)
    }),
    ("receptive fields", |case| {
        let weights = Matrix::from_shape_fn((case.values.len().min(40), 4), |(row, column)| {
            case.values[(row + column) % case.values.len()] as f32
        });
        let units = (0..weights.nrows()).collect();
        receptive_fields(&ReceptiveFields { title: case.name(0), weights, maps: None, units })
    }),
    ("decision tree", |case| {
        decision_tree(&case.name(0), &DecisionTree::default().grow(&case.samples()?)?)
    }),
    ("embedding", |case| embedding(&case.name(0), &case.samples()?)),
    ("robustness", |case| {
        robustness(&case.name(0), &case.table(&["noise", "fraction", "accuracy"]), "noise")
    }),
    ("specification curve", |case| {
        let spec = SpecificationCurve::new(&case.name(0), "accuracy", &["rule", "step"]);
        specification_curve(&case.table(&["rule", "step", "accuracy"]), &spec)
    }),
    ("specification curve with a band and a second column", |case| {
        let spec = SpecificationCurve::new(&case.name(0), "accuracy", &["rule"])
            .with_band(&case.name(1), -1e308, 1e308)
            .with_second("loss", &case.name(1), case.values.first().copied().unwrap_or(0.0));
        specification_curve(&case.table(&["rule", "accuracy", "loss"]), &spec)
    }),
    ("held out", |case| {
        let table =
            case.table(&["rule", "held_out", "low", "high", "familiar", "shuffled", "chance"]);
        held_out(&case.name(0), &table)
    }),
];

fn points(case: &Case) -> Scatter {
    let of = |(i, j): (usize, usize)| case.values[(i + j) % case.values.len()];
    let points = Array2::from_shape_fn((case.values.len(), 2), of);
    Scatter::new(&case.name(0), &points, &case.all_names()).with_labels(&case.name(1), "up")
}

fn usual_names() -> Vec<String> {
    ["backprop", "hebbian", "oja"].map(String::from).to_vec()
}

/// Numbers at the edges under usual names.
fn numbers() -> Vec<Case> {
    let (most, least, nan) = (f64::MAX, 5e-324, f64::NAN);
    let sets: Vec<(&str, Vec<f64>)> = vec![
        ("no value", vec![]),
        ("one value", vec![0.3]),
        ("two values", vec![0.3, 0.9]),
        ("zeros", vec![0.0; 6]),
        ("equal values", vec![7.5; 6]),
        ("negative values", vec![-3.0, -1.0, -2.0, -3.0]),
        ("zero and above", vec![0.0, 1.0, 0.0, 100.0]),
        ("no number at all", vec![nan; 4]),
        ("gaps", vec![0.1, nan, 0.3, f64::INFINITY, 0.9, f64::NEG_INFINITY]),
        ("both ends of all numbers", vec![-most, most, 0.0, -most, most, 1.0]),
        ("numbers near the largest", vec![1e308, -1e308, 9.9e307, 1e308, 1e308, 1e308]),
        ("the largest number", vec![most; 6]),
        ("the smallest numbers", vec![0.0, least, 2.0 * least, least, 0.0, least]),
        ("many magnitudes", vec![1e-300, 1e300, 1.0, 1e-300, 1e300, 1.0]),
        ("all but equal values", vec![1.0, 1.0 + 1e-15, 1.0 + 3e-16, 1.0]),
        ("all but equal large values", vec![1e15, 1e15 + 1.0, 1e15 + 2.0, 1e15]),
    ];
    let case = |(about, values)| Case { about, values, names: usual_names() };
    sets.into_iter().map(case).collect()
}

/// Odd names of usual numbers.
fn names() -> Vec<Case> {
    let long = "a very long name ".repeat(600);
    let sets: Vec<(&str, Vec<String>)> = vec![
        ("control characters", vec!["a\u{0}b\u{7}".into(), "\u{1b}[1m".into(), "\n\t\r".into()]),
        ("what is no character", vec!["\u{fffe}".into(), "x\u{ffff}".into(), "\u{85}".into()]),
        ("marks of XML", vec!["<a>&amp;".into(), "]]>\"'".into(), "<!--".into()]),
        ("no name", vec![String::new(), " ".into()]),
        ("the same name", vec!["oja".into()]),
        ("long names", vec![long.clone(), long.replace(' ', "_"), "x".repeat(5000)]),
        ("other scripts", vec!["学習".into(), "\u{202e}قاعدة".into(), "🧠 e\u{301}".into()]),
    ];
    let values = vec![0.1, 0.9, 0.4, 0.8, 0.2, 0.7];
    let case = |(about, names)| Case { about, values: values.clone(), names };
    sets.into_iter().map(case).collect()
}

/// So many names, each with a value of its own.
fn a_thousand() -> Case {
    let values = (0..2000).map(|index| f64::from(index % 97) / 97.0).collect();
    let names = (0..1000).map(|index| format!("series {index}")).collect();
    Case { about: "a thousand series", values, names }
}

/// What is wrong with a case; nothing if it is drawn, or refused in one sentence.
fn problem(case: &Case, (name, draw): &Kind) -> Option<String> {
    let told = match catch_unwind(AssertUnwindSafe(|| drawn(draw(case)))) {
        Err(_) => Some("a panic".to_owned()),
        Ok(told) => told,
    };
    told.map(|told| {
        format!("{name}, {}: {}", case.about, told.chars().take(300).collect::<String>())
    })
}

fn drawn(figure: Result<Figure>) -> Option<String> {
    let figure = match figure {
        Ok(figure) => figure,
        Err(error) => return not_a_sentence(&error),
    };
    let svg = figure.to_svg();
    if let Err(wrong) = well_formed(&svg) {
        return Some(format!("no XML: {wrong}"));
    }
    let attributes = svg.split('<').map(|tag| tag.split('>').next().unwrap_or_default());
    let of_data = attributes.filter(|tag| !tag.starts_with("image"));
    if let Some(tag) = of_data.into_iter().find(|tag| tag.contains("NaN") || tag.contains("inf\""))
    {
        return Some(format!("coordinates that are no numbers: {tag}"));
    }
    if let Some(tag) = too_long_number(&svg) {
        return Some(format!("a coordinate far outside: {tag}"));
    }
    figure.with_size(240, 180).to_png().err().map(|error| error.to_string())
}

fn too_long_number(svg: &str) -> Option<String> {
    let body = svg.split("</desc>").nth(1).unwrap_or_default();
    let tags = body.split('<').filter(|tag| !tag.starts_with("image") && !tag.starts_with('/'));
    let numbers =
        tags.flat_map(|tag| tag.split('>').next().unwrap_or_default().split(['"', ' ', ',']));
    let long = numbers.filter(|text| text.parse::<f64>().is_ok_and(|number| number.abs() > 1e5));
    long.map(str::to_owned).next()
}

fn not_a_sentence(error: &Error) -> Option<String> {
    let text = error.to_string();
    let is_one = (10..700).contains(&text.chars().count()) || text.contains("a very long name");
    (!is_one).then(|| format!("no sentence: {text}"))
}

/// Tags that close in their order, attributes in quotation marks, and only characters and entities
/// that XML has.
fn well_formed(text: &str) -> std::result::Result<(), String> {
    let is_legal = |c: char| (c >= ' ' || "\t\n\r".contains(c)) && !"\u{fffe}\u{ffff}".contains(c);
    if let Some(bad) = text.chars().find(|c| !is_legal(*c)) {
        return Err(format!("the character {:?}", bad));
    }
    let mut open: Vec<&str> = Vec::new();
    let mut parts = text.split('<');
    if parts.next() != Some("") {
        return Err("text before the first tag".into());
    }
    for part in parts {
        let (tag, content) = part.split_once('>').ok_or_else(|| format!("unclosed <{part}"))?;
        check_entities(content)?;
        match tag.strip_prefix('/') {
            Some(name) if open.pop() != Some(name) => {
                return Err(format!("</{name}> closes nothing"));
            }
            Some(_) => {}
            None => {
                let name = tag.trim_end_matches('/').split(' ').next().unwrap_or_default();
                check_attributes(tag.trim_end_matches('/')[name.len()..].trim())?;
                if !tag.ends_with('/') {
                    open.push(name);
                }
            }
        }
    }
    open.is_empty().then_some(()).ok_or_else(|| format!("{open:?} stay open"))
}

fn check_entities(content: &str) -> std::result::Result<(), String> {
    for entity in content.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        if !known.iter().any(|known| entity.starts_with(known)) {
            return Err(format!("the entity &{}", entity.chars().take(10).collect::<String>()));
        }
    }
    Ok(())
}

fn check_attributes(text: &str) -> std::result::Result<(), String> {
    let mut rest = text;
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").ok_or_else(|| format!("attribute {rest}"))?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-:_".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(format!("the attribute {name}"));
        }
        let (value, after) =
            value.split_once('"').ok_or_else(|| format!("open value of {name}"))?;
        check_entities(value)?;
        rest = after.trim_start();
    }
    Ok(())
}

#[test]
fn what_is_no_xml_is_found() {
    for bad in [
        "<svg>",
        "<svg></g></svg>",
        "<svg>&nbsp;</svg>",
        "<svg>\u{1}</svg>",
        "<svg a=b></svg>",
        "<svg a=\"b></svg>",
        "text",
    ] {
        assert!(well_formed(bad).is_err(), "{bad:?}");
    }
    well_formed("<svg a=\"1\" b=\"&lt;\"><g/><g c=\"\">x &amp; y</g></svg>").unwrap();
}

#[test]
fn every_figure_of_extreme_numbers_is_drawn_or_refused() {
    let cases = numbers();
    let all = cases.iter().flat_map(|case| KINDS.iter().filter_map(|kind| problem(case, kind)));
    let problems: Vec<String> = all.collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_figure_of_odd_names_is_drawn_or_refused() {
    let cases = names();
    let all = cases.iter().flat_map(|case| KINDS.iter().filter_map(|kind| problem(case, kind)));
    let problems: Vec<String> = all.collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_figure_of_a_thousand_series_is_drawn_or_refused() {
    let case = a_thousand();
    let problems: Vec<String> = KINDS.iter().filter_map(|kind| problem(&case, kind)).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn a_grid_of_figures_at_the_edges_is_drawn() {
    let figures: Vec<Figure> = [numbers(), names()]
        .concat()
        .iter()
        .filter_map(|case| {
            bars(&Bars::new(&case.name(0), "x").with_bar(&case.name(1), 1e308, -1e308, 1e308)).ok()
        })
        .collect();
    assert_eq!(drawn(grid("all\u{0}", &figures, 4)), None);
}
