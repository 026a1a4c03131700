//! Tables that went wrong.

use microlearners::polars::prelude::IdxCa;
use microlearners::prelude::*;

/// A table changed in one way.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) table: DataFrame,
    pub(super) expected: Expected,
}

/// What must become of an answer.
pub(super) enum Expected {
    /// It stays.
    Same,
    /// It is refused, since networks cannot be told apart.
    Refused,
    /// It is refused, since a network is there twice.
    Twice,
    /// It is refused where a missing row can be found out.
    Gap,
    /// It stays, if the column does not matter; otherwise it is right or refused. No column stands
    /// for all of them.
    Odd(String),
}

fn case(name: impl Into<String>, table: DataFrame, expected: Expected) -> Case {
    Case { name: name.into(), table, expected }
}

const NUMBERS: [(&str, Option<f64>); 7] = [
    ("null", None),
    ("NaN", Some(f64::NAN)),
    ("infinity", Some(f64::INFINITY)),
    ("-1", Some(-1.0)),
    ("1e308", Some(1e308)),
    ("1e-320", Some(1e-320)),
    ("0.5", Some(0.5)),
];

const TEXTS: [(&str, Option<&str>); 4] = [
    ("null", None),
    ("no letters", Some("")),
    ("an odd text", Some("\u{3c8} \"q\"\n\u{7},|")),
    ("a name of many letters", Some(LONG)),
];

const LONG: &str = concat!(
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
);

/// One odd cell in each column, a column of other things, of nothing, and none.
pub(super) fn of_cells(table: &DataFrame) -> Vec<Case> {
    let mut cases = Vec::new();
    for (place, column) in table.columns().iter().enumerate() {
        let name = column.name().to_string();
        let row = (7 * place + 3) % table.height();
        let odd: Vec<(String, Column)> = match column.dtype() {
            DataType::String => TEXTS
                .iter()
                .map(|(what, text)| (format!("{what} in {name}"), with_text(column, row, *text)))
                .collect(),
            _ => NUMBERS
                .iter()
                .map(|(what, number)| {
                    (format!("{what} in {name}"), with_number(column, row, *number))
                })
                .collect(),
        };
        let nothing = Column::full_null(column.name().clone(), table.height(), &DataType::Null);
        let mut all = vec![(format!("nothing in {name}"), nothing)];
        if let Ok(text) = column.cast(&DataType::String) {
            all.push((format!("{name} as text"), text));
        }
        for (what, column) in odd.into_iter().chain(all) {
            let mut changed = table.clone();
            changed.replace(&name, column).unwrap();
            cases.push(case(what, changed, Expected::Odd(name.clone())));
        }
        let without = table.drop(&name).unwrap();
        cases.push(case(format!("no {name}"), without, Expected::Odd(name)));
    }
    cases
}

fn with_text(column: &Column, row: usize, text: Option<&str>) -> Column {
    let mut cells: Vec<Option<&str>> = column.str().unwrap().iter().collect();
    cells[row] = text;
    Column::new(column.name().clone(), cells)
}

fn with_number(column: &Column, row: usize, number: Option<f64>) -> Column {
    let numbers = column.cast(&DataType::Float64).unwrap();
    let mut cells: Vec<Option<f64>> = numbers.f64().unwrap().iter().collect();
    cells[row] = number;
    Column::new(column.name().clone(), cells)
}

fn taken(table: &DataFrame, rows: impl IntoIterator<Item = usize>) -> DataFrame {
    let rows: Vec<u32> = rows.into_iter().map(|row| row as u32).collect();
    table.take(&IdxCa::from_vec("rows".into(), rows)).unwrap()
}

fn numbered(table: &DataFrame, run: impl Fn(u32) -> u32) -> DataFrame {
    let runs: Vec<u32> = table.column("run").unwrap().u32().unwrap().into_no_null_iter().collect();
    let mut numbered = table.clone();
    let runs: Vec<u32> = runs.into_iter().map(run).collect();
    numbered.with_column(Column::new("run".into(), runs)).unwrap();
    numbered
}

/// Rows in another order, twice, mixed with those of other networks, and missing.
pub(super) fn of_rows(table: &DataFrame) -> Vec<Case> {
    let height = table.height();
    let other = |table: &DataFrame| {
        let mut other = table.clone();
        let rules = table.column("rule").unwrap().str().unwrap();
        let turned =
            |rule: &str| if rule == "backprop" { "feedback_alignment" } else { "backprop" };
        let rules: Vec<&str> = rules.iter().map(|rule| turned(rule.unwrap())).collect();
        other.with_column(Column::new("rule".into(), rules)).unwrap();
        other
    };
    // A step that is prime to the height visits every row.
    let step = [7, 11, 13, 17].into_iter().find(|step| !height.is_multiple_of(*step)).unwrap_or(1);
    let mut note = table.clone();
    note.with_column(Column::new("a\n\"note\"".into(), vec!["x"; height])).unwrap();
    let mut index = table.clone();
    let numbers: Vec<u32> = (0..height as u32).collect();
    index.with_column(Column::new("rule_index".into(), numbers)).unwrap();
    let mut cases = vec![
        case("rows turned round", table.reverse(), Expected::Same),
        case(
            "rows shuffled",
            taken(table, (0..height).map(|at| at * step % height)),
            Expected::Same,
        ),
        case("a column of notes", note, Expected::Same),
        case("a column of numbers", index, Expected::Same),
        case("other numbers of networks", numbered(table, |run| 7 * run + 1000), Expected::Same),
        case("networks stacked alone", stack(&[table]).unwrap(), Expected::Same),
        case("every row twice", table.vstack(table).unwrap(), Expected::Twice),
        case(
            "two studies with the same runs",
            table.vstack(&other(table)).unwrap(),
            Expected::Refused,
        ),
        case("all networks called 0", numbered(table, |_| 0), Expected::Refused),
        case(
            "pairs of networks with one number",
            numbered(table, |run| run / 2),
            Expected::Refused,
        ),
        case("no rows", table.head(Some(0)), Expected::Odd(String::new())),
    ];
    cases.extend(of_runs(table));
    cases.extend(of_parts(table));
    cases
}

fn of_runs(table: &DataFrame) -> Vec<Case> {
    let runs = table.column("run").unwrap();
    let height = table.height();
    let odd = [
        ("runs called by letters", Column::new("run".into(), vec!["a"; height])),
        ("runs as text", runs.cast(&DataType::String).unwrap()),
        ("runs with halves", Column::new("run".into(), vec![0.5; height])),
        ("runs below 0", Column::new("run".into(), vec![-3; height])),
        ("no number of a run", Column::new("run".into(), vec![None::<u32>; height])),
    ];
    let mut cases: Vec<Case> = odd
        .into_iter()
        .map(|(what, column)| {
            let mut changed = table.clone();
            changed.replace("run", column).unwrap();
            case(what, changed, Expected::Refused)
        })
        .collect();
    let mut wide = table.clone();
    wide.replace("run", runs.cast(&DataType::Float64).unwrap()).unwrap();
    cases.push(case("runs as whole fractions", wide, Expected::Same));
    cases
}

/// One class, one network, and tables with a row missing or twice.
fn of_parts(table: &DataFrame) -> Vec<Case> {
    let filter = |condition: Expr| table.clone().lazy().filter(condition).collect().unwrap();
    let odd = || Expected::Odd(String::new());
    let mut cases = vec![
        case("one class", filter(col("rule").eq(lit("backprop"))), odd()),
        case("one network", filter(col("run").eq(lit(0))), odd()),
    ];
    let Ok(steps) = table.column("step") else { return cases };
    let steps = steps.cast(&DataType::Float64).unwrap();
    let steps: Vec<f64> = steps.f64().unwrap().into_no_null_iter().collect();
    let end = steps.iter().copied().fold(0.0, f64::max);
    for row in (0..table.height()).step_by(5) {
        let repeated = table.vstack(&taken(table, [row])).unwrap();
        cases.push(case(format!("row {row} twice"), repeated, Expected::Twice));
        // A history that ends early is one of a network that diverged.
        if table.column("layer").is_ok() || steps[row] < end {
            let rest = taken(table, (0..table.height()).filter(|other| *other != row));
            cases.push(case(format!("no row {row}"), rest, Expected::Gap));
        }
    }
    cases
}
