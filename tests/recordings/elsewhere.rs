//! Folders of checkpoints that other programs wrote.

use microlearners::observables::OWN_OBSERVABLES;
use microlearners::prelude::*;

use super::made::{self, Dtype, Made, array, bytes, matrix, npy, npz, safetensors};
use crate::program::{run, text};

fn observed(networks: &[RecordedNetwork]) -> DataFrame {
    let everything = ObservableSet::everything();
    observe_recordings(networks, &Instrument::perfect(), &everything).unwrap()
}

fn is_null(table: &DataFrame, name: &str) -> bool {
    table.column(name).unwrap().null_count() == table.height()
}

#[test]
fn a_folder_is_measured_as_the_same_network_here() {
    let folder = Made::small().read().unwrap();
    let network = &folder.networks[0];
    assert_eq!(network.sizes(), "4 → 3 → 2");
    let layer = &network.recordings()[1].layers[0];
    assert_eq!(layer.weights, matrix((3, 4), 11));
    assert_eq!(layer.activity, Some(matrix((5, 3), 13)));
    assert_eq!(layer.change, Some(matrix((3, 4), 16)));
    assert!(network.recordings()[0].layers[0].change.is_none());
    let table = observed(&folder.networks);
    assert_eq!(table.height(), 4);
    let weights: Vec<f64> = matrix((3, 4), 11).iter().map(|&w| f64::from(w)).collect();
    let mean = weights.iter().sum::<f64>() / 12.0;
    let found = table.column("weightraw_mean").unwrap().f64().unwrap().get(2).unwrap();
    assert!((found - mean).abs() < 1e-12, "{found} is not {mean}");
    for (column, expected) in [("rule", "unknown"), ("depth", "early")] {
        assert_eq!(table.column(column).unwrap().str().unwrap().get(0), Some(expected));
    }
    for missing in ["model_seed", "learning_rate", "architecture", OWN_OBSERVABLES] {
        assert!(table.column(missing).is_err(), "{missing}");
    }
    assert!(is_null(&table, "accuracy"));
    let change = table.column("weight_change").unwrap().f64().unwrap();
    assert!(change.get(0) == Some(0.0) && change.get(2).unwrap() > 0.0);
}

#[test]
fn what_was_not_measured_is_null() {
    let made = Made::new();
    let weights = |step: usize| {
        let of = |shape: &[usize], seed: usize| npy(&array(shape, seed + step));
        npz(&[("a.weight", of(&[3, 4], 1)), ("b.weight", of(&[2, 3], 4))], false)
    };
    made.file("0.npz", &weights(0));
    made.file("10.npz", &weights(10));
    let folder = made.read().unwrap();
    let table = observed(&folder.networks);
    for name in ObservableSet::everything().names() {
        let is_of_weights = name.starts_with("weight");
        assert_eq!(is_null(&table, &name), !is_of_weights, "{name}");
    }
    let said = folder.to_string();
    let words =
        "measured: weights; not measured: weight changes, activity, layer-wise activity change";
    assert!(said.contains(words), "{said}");
    // By other instruments too.
    for noise in [Noise::Relative(0.1), Noise::RelativeToStart(0.1), Noise::Absolute(0.1)] {
        let instrument = Instrument { noise, fraction: 0.5, seed: 1 };
        let set = ObservableSet::everything();
        let table = observe_recordings(&folder.networks, &instrument, &set).unwrap();
        assert!(is_null(&table, "actraw_mean") && !is_null(&table, "weightraw_mean"));
    }
    // Activity without the nonlinearity has no slope.
    let made = Made::small();
    made.file("layers.toml", made::SMALL.replace("activation = \"tanh\"\n", "").as_bytes());
    let table = observed(&made.read().unwrap().networks);
    let gain = table.column("gradavgraw_id").unwrap();
    assert_eq!(gain.null_count(), 2);
    assert!(!is_null(&table, "actraw_mean") && !is_null(&table, "deltaraw_mean"));
}

#[test]
fn every_format_and_precision_gives_the_same_network() {
    let (lower, upper) = (array(&[3, 4], 1), array(&[2, 3], 2));
    let read = |name: &str, content: &[u8]| {
        let made = Made::new();
        made.file(name, content);
        let folder = made.read().unwrap();
        folder.networks[0].recordings()[0].layers[0].weights.clone()
    };
    let exact = matrix((3, 4), 1);
    let arrays = [("a.weight", npy(&lower)), ("b.weight", npy(&upper))];
    for is_deflated in [false, true] {
        assert_eq!(read("step_0.npz", &npz(&arrays, is_deflated)), exact);
    }
    let kinds = [(Dtype::F32, 0.0), (Dtype::F64, 0.0), (Dtype::F16, 1e-3), (Dtype::BF16, 1e-2)];
    for (kind, tolerance) in kinds {
        let content = safetensors(&[
            ("a.weight", kind, &[3, 4], bytes(&lower, kind)),
            ("b.weight", kind, &[2, 3], bytes(&upper, kind)),
            ("steps", Dtype::I64, &[1], vec![0; 8]),
        ]);
        let found = read("0.safetensors", &content);
        let error = (&found - &exact).iter().fold(0.0_f32, |worst, x| worst.max(x.abs()));
        assert!(error <= tolerance, "{kind:?}: {error}");
    }
}

#[test]
fn weights_that_are_input_by_output_are_told_by_the_chain_and_said() {
    let made = Made::new();
    let arrays = [("a/kernel", npy(&array(&[4, 3], 1))), ("b/kernel", npy(&array(&[3, 2], 2)))];
    made.file("step_5.npz", &npz(&arrays, true));
    let folder = made.read().unwrap();
    assert_eq!(folder.networks[0].sizes(), "4 → 3 → 2");
    let weights = &folder.networks[0].recordings()[0].layers[0].weights;
    assert_eq!(*weights, matrix((4, 3), 1).t());
    let [remark] = folder.remarks.as_slice() else { panic!("{:?}", folder.remarks) };
    assert!(remark.contains("input × output") && remark.contains("4 → 3 → 2"), "{remark}");
    // Biases tell where the weights are square.
    let square = [("a.weight", npy(&array(&[3, 3], 1))), ("b.weight", npy(&array(&[3, 3], 2)))];
    for (order, transposed) in [("output_by_input", false), ("input_by_output", true)] {
        let made = Made::new();
        made.file("step_5.npz", &npz(&square, true));
        made.file("layers.toml", format!("order = \"{order}\"\n").as_bytes());
        let folder = made.read().unwrap();
        assert!(folder.remarks.is_empty());
        let found = &folder.networks[0].recordings()[0].layers[0].weights;
        let expected = matrix((3, 3), 1);
        assert_eq!(*found, if transposed { expected.t().to_owned() } else { expected });
    }
    let one = [("a.weight", npy(&array(&[4, 3], 1))), ("a.bias", npy(&array(&[3], 1)))];
    let made = Made::new();
    made.file("step_5.npz", &npz(&one, true));
    assert_eq!(made.read().unwrap().networks[0].sizes(), "4 → 3");
}

#[test]
fn stimuli_give_the_activity_of_a_forward_pass() {
    let made = Made::small();
    let computed: String = made::SMALL
        .lines()
        .filter(|line| !line.starts_with("activity"))
        .fold("stimuli = \"probe.npy\"\n".to_owned(), |text, line| text + line + "\n");
    made.file("layers.toml", computed.as_bytes());
    made.file("probe.npy", &npy(&array(&[6, 4], 9)));
    // In a sub-folder too, where they are no checkpoint either.
    for name in ["step_000.npz", "step_010.npz", "layers.toml", "probe.npy"] {
        made.file(&format!("below/{name}"), &std::fs::read(made.path().join(name)).unwrap());
        std::fs::remove_file(made.path().join(name)).unwrap();
    }
    let folder = made.read().unwrap();
    let layers = &folder.networks[0].recordings()[1].layers;
    let bias: Vec<f32> = array(&[3], 12).iter().copied().collect();
    let mut drive = matrix((6, 4), 9).dot(&matrix((3, 4), 11).t());
    drive.rows_mut().into_iter().for_each(|mut row| row += &Array1::from_vec(bias.clone()));
    let hidden = drive.mapv(f32::tanh);
    let found = layers[0].activity.as_ref().unwrap();
    assert!((found - &hidden).iter().all(|error| error.abs() < 1e-5));
    let output = hidden.dot(&matrix((2, 3), 14).t());
    let found = layers[1].activity.as_ref().unwrap();
    assert!((found - &output).iter().all(|error| error.abs() < 1e-5));
    assert!(!is_null(&observed(&folder.networks), "gradavgraw_id"));
}

#[test]
fn networks_are_sub_folders_and_say_what_they_know() {
    let made = Made::new();
    for name in ["first", "second"] {
        for step in [0, 10] {
            made.file(&format!("{name}/step_{step}.npz"), &npz(&made::small(step), true));
        }
    }
    made.file("layers.toml", made::SMALL.as_bytes());
    made.file(
        "second/network.toml",
        b"rule = \"mine\"\nlearning_rate = 0.1\n[notes]\ntrue_rule = \"oja\"\n",
    );
    let out = made.path().join("mine.parquet");
    let (folder, out) = (made.path().display().to_string(), out.display().to_string());
    let done = run(&["observe", &folder, "--out", &out, "--observables", "weights,actraw_mean"]);
    assert!(done.status.success(), "{done:?}");
    let said = text(&done.stdout);
    let words = [
        "2 networks",
        "first, second: 2 checkpoints (steps 0 to 10), layers 4 → 3 → 2",
        "measured: weights, weight changes, activity, layer-wise activity change",
        "8 rows",
    ];
    words.iter().for_each(|word| assert!(said.contains(word), "{word}: {said}"));
    assert!(said.lines().count() <= 6, "{said}");
    let table = ParquetReader::new(std::fs::File::open(&out).unwrap()).finish().unwrap();
    let texts = |name: &str| -> Vec<Option<String>> {
        let column = table.column(name).unwrap();
        column.str().unwrap().iter().map(|cell| cell.map(str::to_owned)).collect()
    };
    assert_eq!(texts("network")[3..5], [Some("first".to_owned()), Some("second".into())]);
    assert_eq!(texts("rule")[3..5], [Some("unknown".to_owned()), Some("mine".into())]);
    assert_eq!(texts("note_true_rule")[3..5], [None, Some("oja".to_owned())]);
    let samples = SampleSpec::default().samples(&table).unwrap();
    assert!(!samples.feature_names.iter().any(|name| name.contains("true_rule")));
    let again = run(&["observe", &folder, "--out", &out]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("is there already"), "{again:?}");
    let csv = made.path().join("mine.csv").display().to_string();
    assert!(run(&["observe", &folder, "--out", &csv]).status.success());
    assert!(std::fs::read_to_string(csv).unwrap().starts_with("run,network,rule,learning_rate,"));
}
