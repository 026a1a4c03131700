//! What cannot be read: one sentence with the numbers and the remedy, through the library and
//! through the program.

use std::path::Path;

use microlearners::prelude::*;

use super::made::{
    Dtype, Made, SMALL, array, bytes, npy, npy_of, npz, safetensors, small, small_with,
};
use crate::program::{run, text};

/// Refused by both, in one line that holds these words.
fn refused(made: &Made, words: &[&str]) {
    refused_at(made.path(), words);
}

fn refused_at(path: &Path, words: &[&str]) {
    let Err(error) = RecordedFolder::read(path) else { panic!("accepted: {words:?}") };
    let told = error.to_string();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.len() < 600, "{told}");
    words.iter().for_each(|word| assert!(told.contains(word), "{told} does not say {word}"));
    let out = tempfile::tempdir().unwrap();
    let table = out.path().join("mine.parquet");
    let done = run(&["observe", path.to_str().unwrap(), "--out", table.to_str().unwrap()]);
    assert_eq!(text(&done.stderr), format!("error: {told}\n"));
    assert_eq!((done.status.code(), table.exists()), (Some(1), false), "{told}");
}

/// A network whose second checkpoint has another array.
fn with(name: &'static str, content: Vec<u8>) -> Made {
    let made = Made::small();
    made.file("step_010.npz", &npz(&small_with(name, content), false));
    made
}

/// A network whose table of layers has something else in this place.
fn with_table(old: &str, new: &str) -> Made {
    assert!(SMALL.contains(old), "{old}");
    let made = Made::small();
    made.file("layers.toml", SMALL.replacen(old, new, 1).as_bytes());
    made
}

/// One checkpoint of these arrays, without a table of layers.
fn one(arrays: &[(&str, Vec<u8>)]) -> Made {
    let made = Made::new();
    made.file("step_0.npz", &npz(arrays, false));
    made
}

fn floats(shape: &[usize]) -> Vec<u8> {
    npy(&array(shape, 1))
}

#[test]
fn folders() {
    refused(&Made::new(), &["no file that ends in .safetensors, .npz, .npy", "step_000100.npz"]);
    let made = Made::small();
    refused_at(&made.path().join("step_000.npz"), &["it is a file", "name the folder"]);
    refused_at(&made.path().join("nothing"), &["nothing", "No such file"]);
    made.file("weights.npz", &npz(&small(0), false));
    refused(&made, &["weights.npz", "its name has no step"]);
    let made = Made::small();
    made.file("net2_10.npz", &npz(&small(0), false));
    refused(&made, &["net2_10.npz", "2 numbers, and none after \"step\""]);
    let made = Made::small();
    made.file("10.npz", &npz(&small(0), false));
    refused(&made, &["10.npz and step_010.npz both are step 10", "leave out one"]);
    let made = Made::small();
    made.file("other/step_0.npz", &npz(&small(0), false));
    refused(&made, &["2 checkpoints in the folder itself", "1 sub-folders"]);
}

#[test]
fn shapes() {
    refused(&with("b.weight", floats(&[2, 4])), &["step_010.npz", "layer 2", "[2, 4]", "[2, 3]"]);
    refused(&with("a.change", floats(&[4, 3])), &["the changes \"a.change\"", "[4, 3]", "[3, 4]"]);
    let words = ["activity \"a.activity\"", "[5, 4]", "layer 1 gives 3 units", "stimuli × units"];
    refused(&with("a.activity", floats(&[5, 4])), &words);
    refused(&with("b.activity", floats(&[6, 2])), &["on 5 and on 6 stimuli"]);
    let chain = one(&[("a.weight", floats(&[3, 4])), ("b.weight", floats(&[2, 5]))]);
    let words = ["do not chain", "layer 1 gives 3 units and layer 2 (\"b.weight\", 2 × 5) reads 5"];
    refused(&chain, &words);
    refused(&one(&[("a.weight", floats(&[3, 4, 5]))]), &["\"a.weight\" have the shape [3, 4, 5]"]);
    let square = one(&[("a.weight", floats(&[3, 3])), ("b.weight", floats(&[3, 3]))]);
    refused(
        &square,
        &["chain as output × input and as input × output", "order = \"output_by_input\""],
    );
    refused(&one(&[("a.weight", floats(&[3, 4]))]), &["chain as output × input and as"]);
    let made = Made::small();
    made.file("layers.toml", format!("order = \"input_by_output\"\n{SMALL}").as_bytes());
    refused(&made, &["as input × output, layer 1 gives 4 units and layer 2"]);
}

#[test]
fn tables_of_layers() {
    let words = ["step_000.npz", "no tensor \"fc.weight\"", "a.weight", "mend layers.toml"];
    refused(&with_table("b.weight", "fc.weight"), &words);
    refused(&with_table("\"a.bias\"", "\"a.biases\"").with_stimuli(4), &["no tensor \"a.biases\""]);
    refused(
        &with_table("activation = \"tanh\"", "activation = \"gelu\""),
        &["layers.toml", "line 5", "gelu", "relu"],
    );
    refused(
        &with_table("weight = \"b.weight\"", "weights = \"b.weight\""),
        &["line 10", "weights"],
    );
    refused(&with_table("[[layers]]", "[[layers]"), &["layers.toml", "line 2"]);
    refused(&with_table("b.weight", "a.weight"), &["\"a.weight\" of two layers of 2"]);
    refused(
        &with_table("activation = \"tanh\"", "stride = 2"),
        &["[3, 4], which is no convolution's"],
    );
    let nameless = one(&[("W1", floats(&[3, 4])), ("W2", floats(&[2, 3]))]);
    refused(&nameless, &["none of its 2 tensors", "W1, W2", "layers.toml"]);
    let made = Made::small();
    made.file("network.toml", b"rules = \"oja\"");
    refused(&made, &["network.toml", "rules", "learning_rate"]);
}

impl Made {
    /// With stimuli in place of activity.
    fn with_stimuli(self, width: usize) -> Self {
        let path = self.path().join("layers.toml");
        let table = std::fs::read_to_string(&path).unwrap();
        let lines = table.lines().filter(|line| !line.starts_with("activity"));
        let table: String = lines.map(|line| line.to_owned() + "\n").collect();
        self.file("layers.toml", format!("stimuli = \"probe.npy\"\n{table}").as_bytes());
        self.file("probe.npy", &floats(&[6, width]));
        self
    }
}

#[test]
fn stimuli() {
    let words = ["what the network reads has 5 units and layer 1 (\"a.weight\", 3 × 4) reads 4"];
    refused(&Made::small().with_stimuli(5), &words);
    let made = Made::small();
    made.file("layers.toml", format!("stimuli = \"probe.npy\"\n{SMALL}").as_bytes());
    made.file("probe.npy", &floats(&[6, 4]));
    refused(&made, &["layer 1 has activity \"a.activity\"", "give one of the two"]);
    let made = with_table("activation = \"tanh\"", "").with_stimuli(4);
    refused(&made, &["layer 1 has no activation", "identity, sigmoid, tanh or relu"]);
    let made = Made::small().with_stimuli(4);
    made.file("probe.npy", &floats(&[4]));
    refused(&made, &["probe.npy", "its shape is [4]"]);
    std::fs::remove_file(made.path().join("probe.npy")).unwrap();
    refused(&made, &["probe.npy", "No such file"]);
    let made = Made::small().with_stimuli(4);
    let arrays = small_with("a.bias", floats(&[4]));
    made.file("step_010.npz", &npz(&arrays, false));
    refused(&made, &["\"a.bias\" have the shape [4]", "layer 1 has 3 units"]);
}

#[test]
fn numbers() {
    let whole = npy_of("<i4", &[3, 4], &[0; 48]);
    refused(&with("a.weight", whole), &["\"a.weight\" holds whole numbers (<i4)", "float32"]);
    let complex = npy_of("<c8", &[3, 4], &[0; 96]);
    refused(&with("a.weight", complex), &["complex numbers (<c8)"]);
    let brain = npy_of("|V2", &[3, 4], &[0; 24]);
    refused(&with("a.weight", brain), &["bfloat16", "save it as float16, float32 or float64"]);
    let mut lost = array(&[3, 4], 1);
    (lost[[0, 0]], lost[[1, 2]]) = (f32::NAN, f32::INFINITY);
    refused(&with("a.weight", npy(&lost)), &["2 of the 12 numbers", "not finite", "diverged"]);
    let made = Made::new();
    let (lower, upper) = (array(&[3, 4], 1), array(&[2, 3], 1));
    let content = safetensors(&[
        ("a.weight", Dtype::I64, &[3, 4], bytes(&lower, Dtype::I64)),
        ("b.weight", Dtype::F32, &[2, 3], bytes(&upper, Dtype::F32)),
    ]);
    made.file("0.safetensors", &content);
    refused(&made, &["\"a.weight\" holds whole numbers (I64)"]);
}

#[test]
fn damaged_files() {
    for is_deflated in [false, true] {
        let whole = npz(&small(10), is_deflated);
        for end in [0, 1, whole.len() / 2, whole.len() - 1] {
            let made = Made::small();
            made.file("step_010.npz", &whole[..end]);
            refused(&made, &["step_010.npz", "it is no whole npz archive", "save it again"]);
        }
        let mut altered = whole.clone();
        altered[60] ^= 0xff;
        let made = Made::small();
        made.file("step_010.npz", &altered);
        refused(&made, &["step_010.npz", "its array \"a.weight\" is damaged"]);
    }
    let lower = array(&[3, 4], 1);
    let whole = safetensors(&[("a.weight", Dtype::F32, &[3, 4], bytes(&lower, Dtype::F32))]);
    for end in [0, 4, 20, whole.len() - 1] {
        let made = Made::new();
        made.file("0.safetensors", &whole[..end]);
        refused(&made, &["0.safetensors", "it is no whole safetensors file"]);
    }
    let whole = floats(&[3, 4]);
    let made = Made::new();
    made.file("0.npy", &whole[..whole.len() - 4]);
    refused(&made, &["0.npy", "it holds 44 bytes of numbers where its shape [3, 4] needs 48"]);
    made.file("0.npy", &whole[..30]);
    refused(&made, &["0.npy", "ends within its header"]);
    made.file("0.npy", b"");
    refused(&made, &["0.npy", "it is no .npy file"]);
}

#[test]
fn what_is_written_on_the_command_line() {
    let made = Made::small();
    let folder = made.path().to_str().unwrap();
    let table = made.path().join("bad.toml");
    std::fs::write(&table, "layers = 3").unwrap();
    let cases: [(&[&str], i32, &[&str]); 6] = [
        (&["--out", "mine.xlsx"], 2, &["--out", "mine.xlsx", ".parquet or .csv"]),
        (&["--out", "m.csv", "--observables", "weigth"], 2, &["weigth", "weight"]),
        (&["--out", "m.csv", "--layers", table.to_str().unwrap()], 2, &["bad.toml", "line 1"]),
        (&["--out", "m.csv", "--layers", "none.toml"], 2, &["none.toml"]),
        (&["--out", "m.csv", "--stimuli", "none.npy"], 1, &["none.npy"]),
        (&[], 2, &["--out"]),
    ];
    for (options, code, words) in cases {
        let done = run(&[&["observe", folder], options].concat());
        let told = text(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{told}");
        words.iter().for_each(|word| assert!(told.contains(word), "{told} does not say {word}"));
    }
}
