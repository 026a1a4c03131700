//! Convolutions that cannot be: one sentence, with the numbers.

use microlearners::prelude::*;

use crate::program::{program, text};
use crate::support;

/// One line of an architecture's file, and what the sentence about it says.
const IN_FILES: [(&str, &str); 42] = [
    ("convolutions = 3", "line 9"),
    ("convolutions = [3]", "line 9"),
    ("convolutions = [{}]", "filters"),
    ("convolutions = [{ filters = 2 }]", "kernel"),
    ("convolutions = [{ kernel = 3 }]", "filters"),
    ("convolutions = [{ filters = 0, kernel = 3 }]", "filters is 0"),
    ("convolutions = [{ filters = -1, kernel = 3 }]", "-1"),
    ("convolutions = [{ filters = 2.5, kernel = 3 }]", "2.5"),
    ("convolutions = [{ filters = \"many\", kernel = 3 }]", "many"),
    ("convolutions = [{ filters = 20000, kernel = 3 }]", "at most 10000"),
    ("convolutions = [{ filters = 2, kernel = 0 }]", "kernel is 0"),
    ("convolutions = [{ filters = 2, kernel = -3 }]", "-3"),
    ("convolutions = [{ filters = 2, kernel = [3] }]", "such as 3 or [3, 5]"),
    ("convolutions = [{ filters = 2, kernel = [3, 3, 3] }]", "such as 3 or [3, 5]"),
    ("convolutions = [{ filters = 2, kernel = [3, \"x\"] }]", "x"),
    ("convolutions = [{ filters = 2, kernel = \"3x3\" }]", "such as 3 or [3, 5]"),
    ("convolutions = [{ filters = 2, kernel = 3.0 }]", "such as 3 or [3, 5]"),
    ("convolutions = [{ filters = 2, kernel = [0, 3] }]", "kernel is 0"),
    ("convolutions = [{ filters = 2, kernel = 3, stride = 0 }]", "stride is 0"),
    ("convolutions = [{ filters = 2, kernel = 3, stride = -1 }]", "-1"),
    ("convolutions = [{ filters = 2, kernel = 3, padding = 3 }]", "padding is 3"),
    ("convolutions = [{ filters = 2, kernel = 3, padding = -1 }]", "-1"),
    ("convolutions = [{ filters = 2, kernel = 3, pooling = 2 }]", "such as { max = 2 }"),
    ("convolutions = [{ filters = 2, kernel = 3, pooling = \"max\" }]", "such as { max = 2 }"),
    ("convolutions = [{ filters = 2, kernel = 3, pooling = { median = 2 } }]", "median"),
    ("convolutions = [{ filters = 2, kernel = 3, pooling = { max = 0 } }]", "pooling is 0"),
    ("convolutions = [{ filters = 2, kernel = 3, pooling = { mean = 16 } }]", "pooling is 16"),
    ("convolutions = [{ filters = 2, kernel = 3, pooling = { max = 2, mean = 2 } }]", "line 9"),
    ("convolutions = [{ filters = 2, kernel = 3, dilation = 2 }]", "dilation"),
    ("convolutions = [{ filters = 2, kernel = 3, normaliser = \"batch\" }]", "batch"),
    ("convolutions = [{ filters = 2, kernel = 3, normaliser = 3 }]", "local_response"),
    (
        "convolutions = [{ filters = 2, kernel = 3, normaliser = { local_response = { channels = 0 } } }]",
        "channels is 0",
    ),
    (
        "convolutions = [{ filters = 2, kernel = 3, normaliser = { local_response = { alpha = -1.0 } } }]",
        "alpha is -1",
    ),
    (
        "convolutions = [{ filters = 2, kernel = 3, normaliser = { local_response = { beta = nan } } }]",
        "beta is NaN",
    ),
    (
        "convolutions = [{ filters = 2, kernel = 3, normaliser = { local_response = { radius = 2 } } }]",
        "radius",
    ),
    ("normaliser = { local_response = { offset = 0.0 } }", "offset is 0"),
    ("convolutions = [{ filters = 2, kernel = 3, adds = 1 }]", "adds is 1"),
    ("convolutions = [{ filters = 2, kernel = 3, adds = 0 }]", "adds is 0"),
    ("convolutions = [{ filters = 2, kernel = 3, adds = -1 }]", "-1"),
    ("convolutions = [{ filters = 2, kernel = 3, adds = [1] }]", "line 9"),
    (
        "convolutions = [{ filters = 2, kernel = 3 }, { filters = 2, kernel = 3, adds = 2 }]",
        "from 1 to 1",
    ),
    ("convolution = [{ filters = 2, kernel = 3 }]", "convolution"),
];

fn study(line: &str, dataset: &str) -> String {
    format!(
        "format = 1\nname = \"wrong\"\n[seeds]\nfirst = 0\ncount = 1\n[[tasks]]\ndataset = \"{dataset}\"\n\
         [[architectures]]\n{line}\n[[rules]]\nname = \"backprop\"\nlearning_rates = [0.1]\n"
    )
}

#[test]
fn a_file_with_a_convolution_that_cannot_be_is_refused_with_its_line() {
    for (line, part) in IN_FILES {
        let told = Plan::from_toml(&study(line, "synthetic")).unwrap_err().to_string();
        assert_eq!(told.lines().count(), 1, "{line}: {told}");
        assert!(told.contains(part), "{line}: {told}");
    }
}

/// What is right by itself and does not fit the 6 × 6 images, and what the sentence says.
fn misfits() -> Vec<(Vec<ConvolutionLayer>, &'static [&'static str])> {
    let layer = ConvolutionLayer::new;
    let tall = ConvolutionLayer { kernel: (7, 1), ..layer(2, 1) };
    let (max, mean) = (Pooling::Max, Pooling::Mean);
    vec![
        (vec![layer(2, 7)], &["7 × 7", "6 × 6"]),
        (vec![layer(2, 28)], &["28 × 28", "6 × 6"]),
        (vec![tall], &["7 × 1", "6 × 6"]),
        (vec![layer(2, 9).with_padding(1)], &["9 × 9", "8 × 8 with the padding"]),
        (vec![layer(2, 3), layer(2, 5)], &["5 × 5", "convolution 2", "4 × 4"]),
        (vec![layer(2, 3), layer(2, 3), layer(2, 3)], &["convolution 3", "2 × 2"]),
        (vec![layer(2, 3).with_stride(2), layer(2, 3)], &["convolution 2", "2 × 2"]),
        (vec![layer(2, 3).with_pooling(max(5))], &["pooling is 5", "4 × 4"]),
        (vec![layer(2, 5).with_pooling(mean(3))], &["pooling is 3", "2 × 2"]),
        (vec![layer(2, 6).with_pooling(max(2))], &["pooling is 2", "1 × 1"]),
        (vec![layer(2, 3).with_pooling(max(4)), layer(2, 2)], &["2 × 2", "1 × 1"]),
        (vec![layer(10_000, 1).with_padding(0)], &["at most 100000 units"]),
        (vec![layer(0, 3)], &["filters", "0"]),
        (vec![layer(2, 0)], &["kernel", "0"]),
        (vec![layer(2, 3).with_stride(0)], &["stride", "0"]),
        (vec![layer(2, 3).with_padding(3)], &["padding", "3"]),
        (vec![layer(2, 3).with_pooling(max(0))], &["pooling", "0"]),
        (vec![layer(2, 3).with_pooling(mean(99))], &["pooling", "99"]),
        (vec![layer(2, 1), layer(2, 3).adding(1)], &["6 × 6 × 2", "4 × 4 × 2"]),
        (vec![layer(3, 1), layer(2, 1).adding(1)], &["6 × 6 × 3", "6 × 6 × 2"]),
        (vec![layer(usize::MAX, 3)], &["filters", "at most"]),
        (vec![layer(2, usize::MAX)], &["kernel", "at most"]),
        (vec![layer(2, 3).with_stride(usize::MAX)], &["stride", "at most"]),
    ]
}

#[test]
fn a_convolution_that_does_not_fit_the_images_is_refused_with_both_sizes() {
    for (convolutions, parts) in misfits() {
        let architecture = Architecture::default().with_convolutions(&convolutions);
        let experiment = support::small_experiment().architecture(architecture.clone());
        let told = train(&experiment).unwrap_err().to_string();
        assert_eq!(told.lines().count(), 1, "{told}");
        parts.iter().for_each(|part| assert!(told.contains(part), "{told} does not say {part}"));
        assert_eq!(architecture.check_for(&support::small()).unwrap_err().to_string(), told);
    }
}

#[test]
fn the_program_says_so_too_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("study.toml"), folder.path().join("out"));
    for (line, part) in [
        ("convolutions = [{ filters = 2, kernel = 7 }]", "6 × 6"),
        ("convolutions = [{ filters = 2, kernel = 3, pooling = { max = 5 } }]", "4 × 4"),
        ("convolutions = [{ filters = 2, kernel = [1, 2, 3] }]", "line 9"),
        ("convolutions = [{ filters = 2, kernel = 3, padding = 4 }]", "padding is 4"),
    ] {
        std::fs::write(&file, study(line, "synthetic")).unwrap();
        let done = program().arg("train").arg(&file).arg("--out").arg(&out).output().unwrap();
        let told = text(&done.stderr);
        assert!(!done.status.success(), "{line}");
        assert_eq!(told.trim_end().lines().count(), 1, "{line}: {told}");
        assert!(told.contains(part), "{line}: {told}");
        assert!(!out.join("tables").exists(), "{line}");
    }
}

#[test]
fn images_and_normalisation_must_fit() {
    let grey = Dataset::synthetic(0);
    let settings = TaskSettings { normalisation: Normalisation::CIFAR10, ..Default::default() };
    let told = Task::classification(&grey, &settings).unwrap_err().to_string();
    assert!(told.contains("3 channels") && told.contains("have 1"), "{told}");
    for (mean, sd, part) in [
        ([f32::NAN, 0.0, 0.0], [1.0; 3], "mean"),
        ([0.0; 3], [1.0, 0.0, 1.0], "sd"),
        ([0.0; 3], [1.0, 1.0, -1.0], "sd"),
    ] {
        let told = Normalisation::PerChannel { mean, sd }.check().unwrap_err().to_string();
        assert!(told.contains(part), "{told}");
    }
    let augmentation = Some(Augmentation { crop: 6, ..Augmentation::default() });
    let settings = TaskSettings { augmentation, ..Default::default() };
    let told = Task::classification(&grey, &settings).unwrap_err().to_string();
    assert!(told.contains("crop is 6") && told.contains("6 × 6"), "{told}");
    let told = support::small().with_input_maps((5, 5)).unwrap_err().to_string();
    assert!(told.contains("25 numbers") && told.contains("36"), "{told}");
    let images = |columns| Images { pixels: Array2::zeros((2, columns)), labels: vec![0, 1] };
    for (shape, part) in [((0, 4, 3), "0 × 4 × 3"), ((4, 4, 0), "4 × 4 × 0"), ((4, 4, 3), "16")]
    {
        let classes = vec!["a".to_owned(), "b".to_owned()];
        let told = Dataset::new("mine", shape, classes, images(16), images(16)).unwrap_err();
        assert!(told.to_string().contains(part), "{told}");
    }
}

#[test]
fn a_rule_that_cannot_teach_convolutions_says_what_to_choose() {
    let architecture = Architecture::default().with_convolutions(&[ConvolutionLayer::new(2, 3)]);
    let experiment = support::small_experiment().architecture(architecture);
    let told = train(&experiment.rule(ForwardForward::default())).unwrap_err().to_string();
    assert!(told.contains("forward_forward") && told.contains("label_planes = true"), "{told}");
}
