//! Comparisons, fits and evaluations against those of rsatoolbox 0.3.2.

use super::fixtures::{self, all_close, close, within};
use super::{Comparison, ModelEvaluation, RdmModel, evaluate};
use Comparison::{Cosine, Pearson, RhoA, WhitenedCosine, WhitenedPearson};

fn check_comparison(first: &[f64], second: &[f64], expected: [f64; 8]) {
    let (first, second) = (fixtures::rdm(first), fixtures::rdm(second));
    for (comparison, expected) in Comparison::ALL.into_iter().zip(expected) {
        close(comparison.similarity(&first, &second).unwrap(), expected);
        close(comparison.similarity(&second, &first).unwrap(), expected);
    }
}

/// rsatoolbox 0.3.2, `compare(A, B, method)`.
#[test]
fn all_comparisons_equal_rsatoolbox() {
    check_comparison(
        &fixtures::EUCLIDEAN_A,
        &fixtures::EUCLIDEAN_B,
        [
            0.9267453961765023,
            0.708487673828189,
            0.7172595520421607,
            0.5151515151515151,
            0.515151515151515,
            0.7172595520421607,
            0.8239426252125572,
            0.7660170395148421,
        ],
    );
    check_comparison(
        &fixtures::CORRELATION_A,
        &fixtures::CORRELATION_B,
        [
            0.9101583165590786,
            0.6328850162574731,
            0.5939393939393939,
            0.4121212121212121,
            0.41212121212121205,
            0.593939393939394,
            0.7471857196690421,
            0.6657593787420116,
        ],
    );
    check_comparison(
        &fixtures::TIES_1,
        &fixtures::TIES_2,
        [
            0.9238134114903199,
            0.6947065151882085,
            0.7003067932819499,
            0.49595959595959593,
            0.5764912454251439,
            0.6777009222661396,
            0.8108107202557854,
            0.7489339585352724,
        ],
    );
    let categories = fixtures::models()[2].dissimilarities.clone();
    check_comparison(
        &categories,
        &fixtures::EUCLIDEAN_A,
        [
            0.9542014683849763,
            0.8317657710120593,
            0.7661308776828738,
            0.4,
            0.6324555320336758,
            0.5869565217391305,
            0.8998321582491047,
            0.8713129373194243,
        ],
    );
}

fn mean_similarity(model: &RdmModel, comparison: Comparison) -> f64 {
    let weights = model.fit(&fixtures::subjects(), comparison).unwrap();
    let rdm = model.predict(&weights).unwrap();
    comparison.similarities(&[rdm], &fixtures::subjects()).unwrap().mean().unwrap()
}

/// rsatoolbox 0.3.2, `fit_select`, `fit_regress`, `fit_regress_nn` and the score of its weights.
#[test]
fn fits_equal_rsatoolbox() {
    let (subjects, rdms) = (fixtures::subjects(), fixtures::models());
    let least_squares = RdmModel::least_squares("w", &rdms);
    let of = |model: &RdmModel, kind: Comparison| model.fit(&subjects, kind).unwrap();
    all_close(
        &of(&least_squares, Cosine),
        &[0.5599023575536296, 0.5598044468946813, 0.6108423129113006],
    );
    all_close(
        &of(&least_squares, Pearson),
        &[0.7233899799814071, 0.4537331748254359, 0.5204163169284086],
    );
    // rsatoolbox solves with V by conjugate gradients to a relative residual of 1e-5.
    for (kind, expected) in [
        (WhitenedCosine, [0.6774139164365099, 0.45345686557014625, 0.5792126180302425]),
        (WhitenedPearson, [0.7597285351350123, 0.3573888690610354, 0.5432179573365394]),
    ] {
        let found = of(&least_squares, kind);
        found.iter().zip(expected).for_each(|(found, known)| within(*found, known, 1e-5));
    }
    let weighted = RdmModel::weighted("w", &rdms);
    all_close(
        &of(&weighted, Cosine),
        &[0.5599023575536296, 0.5598044468946813, 0.6108423129113006],
    );
    all_close(
        &of(&weighted, Pearson),
        &[0.7233899799814071, 0.4537331748254359, 0.5204163169284086],
    );
    close(mean_similarity(&weighted, Cosine), 0.9658712603984423);
    close(mean_similarity(&weighted, Pearson), 0.8726162020645122);
    for kind in [Cosine, Pearson, RhoA] {
        assert_eq!(of(&RdmModel::selected("s", &rdms), kind), [1.0, 0.0, 0.0]);
    }
}

fn models() -> Vec<RdmModel> {
    let names = ["A", "B", "category"];
    let rdms = fixtures::models();
    names.iter().zip(&rdms).map(|(name, rdm)| RdmModel::fixed(name, rdm)).collect()
}

struct Expected {
    means: [f64; 3],
    sem: [f64; 3],
    pairs: [f64; 3],
    zero: [f64; 3],
    ceiling: [f64; 3],
}

fn check(comparison: Comparison, expected: &Expected) {
    let found = evaluate(&models(), &fixtures::subjects(), comparison).unwrap();
    assert_eq!((found.subjects, found.stimuli, found.freedom), (6, 10, 5));
    let of =
        |value: fn(&ModelEvaluation) -> f64| found.models.iter().map(value).collect::<Vec<f64>>();
    all_close(&of(|model| model.mean), &expected.means);
    all_close(&of(|model| model.sem), &expected.sem);
    all_close(&of(|model| model.against_ceiling.unwrap().p), &expected.ceiling);
    let pairs: Vec<f64> = found.pairs.iter().map(|pair| pair.test.p).collect();
    all_close(&pairs, &expected.pairs);
    // rsatoolbox takes 1 − P(below), which has 16 digits after the point.
    for (model, expected) in found.models.iter().zip(expected.zero) {
        assert!((model.above_zero.p - expected).abs() < 1e-14);
        within(model.above_zero.p, expected, 1e-9);
    }
}

/// rsatoolbox 0.3.2, `eval_fixed`: `get_means`, `get_sem`, `test_all` (pairs A–B, A–category and
/// B–category; against 0; against the lower ceiling).
#[test]
fn evaluations_equal_rsatoolbox() {
    check(
        Comparison::Cosine,
        &Expected {
            means: [0.9634076932769556, 0.9166776338042463, 0.9288775016864864],
            sem: [0.010506105859390942, 0.007306536867064185, 0.014461745290585415],
            pairs: [0.009252460822281705, 0.002559118528590032, 0.4858117087182747],
            zero: [1.4617697052798917e-09, 3.0510760584689933e-10, 8.658804673267184e-09],
            ceiling: [0.4355734414344592, 0.0035325960349779084, 0.1365499583017109],
        },
    );
    check(
        Comparison::Pearson,
        &Expected {
            means: [0.8697422137455603, 0.6601646434527636, 0.7392653506185923],
            sem: [0.036114382461663895, 0.028187586254897954, 0.04846765591701406],
            pairs: [0.005173958606964124, 0.001403714038167747, 0.25943090615575803],
            zero: [1.1500919490092798e-06, 1.3208577039902636e-06, 1.0983390847596475e-05],
            ceiling: [0.279710200922884, 0.0020166674602830614, 0.13362561218061852],
        },
    );
    check(
        Comparison::Spearman,
        &Expected {
            means: [0.85732758775641, 0.656601806516361, 0.736469998419146],
            sem: [0.030178522676662118, 0.020653189227191768, 0.022884613790931596],
            pairs: [0.0002548329203060362, 0.006235220114691797, 0.04202606910346818],
            zero: [5.061524029903453e-07, 2.89138749165474e-07, 2.7210347952610903e-07],
            ceiling: [0.1261492634769612, 0.0008934094232315726, 0.035286838310887525],
        },
    );
    check(
        Comparison::RhoA,
        &Expected {
            means: [0.8573232323232322, 0.6565985946420728, 0.5642292490118578],
            sem: [0.030180368959211213, 0.020655414349948924, 0.017532217483175395],
            pairs: [0.0002548354158640187, 9.222532842723119e-05, 0.016020250445311746],
            zero: [5.063192261012261e-07, 2.8930092632606375e-07, 2.720807863454411e-07],
            ceiling: [0.1251677163878655, 0.0008991904996207278, 3.922413205015296e-05],
        },
    );
    check(
        Comparison::KendallTauA,
        &Expected {
            means: [0.6951178451178451, 0.47222222222222215, 0.3845117845117845],
            sem: [0.04671024002932725, 0.01729948505333517, 0.011947881544089904],
            pairs: [0.002514771679807959, 0.0007914962837689554, 0.008374248726834566],
            zero: [1.2395301259071623e-05, 6.172811347626705e-07, 2.720807863454411e-07],
            ceiling: [0.16730644148266194, 0.00036550478300356737, 6.248473305880964e-06],
        },
    );
    check(
        Comparison::WhitenedCosine,
        &Expected {
            means: [0.9358727441242927, 0.8042663518327106, 0.8574123567788172],
            sem: [0.020212169519240878, 0.01380779478119638, 0.030431104005573535],
            pairs: [0.0017403522102312774, 0.002217365106769398, 0.16523453940898492],
            zero: [4.4369708573910316e-08, 1.4109949653118292e-08, 5.273149539242183e-07],
            ceiling: [0.45523594631111086, 0.00040372627878704215, 0.09675561007537437],
        },
    );
    check(
        Comparison::WhitenedPearson,
        &Expected {
            means: [0.9166783659971491, 0.730162041392923, 0.8143192870732422],
            sem: [0.026455660590302157, 0.019669773063034995, 0.039964241081104],
            pairs: [0.001163812395764685, 0.0022485406535812658, 0.1070938790413245],
            zero: [1.8832765324994227e-07, 1.3359907569121532e-07, 2.63339273320895e-06],
            ceiling: [0.3966176578299687, 0.00042999122416675917, 0.10897456392303351],
        },
    );
}
