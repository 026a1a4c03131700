"""Prints scikit-learn's numbers that tests/classification/scikit.rs compares with.

Run: python tests/scikit/reference.py      (numbers there: scikit-learn 1.9.1)
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, classification_report
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tables import LARGE, MEDIUM, SMALL, split, table


def forests(name, shape, seeds, **options):
    x, y, test_x, test_y = split(*table(**shape))
    scores, bags, top = [], [], []
    for seed in range(seeds):
        forest = RandomForestClassifier(oob_score=True, random_state=seed, n_jobs=2, **options).fit(x, y)
        scores.append(forest.score(test_x, test_y))
        bags.append(forest.oob_score_)
        top.append(forest.feature_importances_[np.arange(x.shape[1]) % 3 == 0].sum())
    for what, values in [("accuracy", scores), ("out of bag", bags), ("informative share", top)]:
        print(f"{name} {what}: mean {np.mean(values):.6f} sd {np.std(values, ddof=1):.6f}")


forests("small forest", SMALL, 100)
forests("small forest, all features, leaves of 3", SMALL, 100, max_features=None, min_samples_leaf=3)
forests("small forest, log2, depth 3", SMALL, 100, max_features="log2", max_depth=3)
forests("medium forest", MEDIUM, 100)

x, y, test_x, test_y = split(*table(**SMALL))
print("first values", x[0, :3].tolist(), "last", test_x[-1, -1])
for depth in [2, 4, None]:
    trees = [DecisionTreeClassifier(max_depth=depth, random_state=seed).fit(x, y) for seed in range(300)]
    right = [round(tree.score(test_x, test_y) * len(test_y)) for tree in trees]
    known = {round(tree.score(x, y) * len(y)) for tree in trees}
    nodes = {tree.tree_.node_count for tree in trees}
    print("tree", depth, "right", np.percentile(right, [0, 1, 99, 100]), "known", known, "nodes", nodes)
for c in [1.0, 0.01]:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=10000, tol=1e-8)).fit(x, y)
    print("logistic, C", c, model.score(test_x, test_y), model.predict_proba(test_x)[0].tolist())
for c in [1.0, 1000.0]:
    model = make_pipeline(StandardScaler(), SVC(kernel="linear", C=c, tol=1e-6)).fit(x, y)
    print("svm, C", c, "".join(map(str, model.decision_function(test_x).argmax(1))))
model = make_pipeline(StandardScaler(), PCA(10), SVC(kernel="linear", tol=1e-6)).fit(x, y)
print("svm on 10 components", "".join(map(str, model.decision_function(test_x).argmax(1))))
pca = PCA(3).fit(StandardScaler().fit_transform(x))
print("pca", pca.explained_variance_ratio_.tolist(), np.abs(pca.transform(StandardScaler().fit_transform(x))[0]).tolist())

actual = [0] * 5 + [1] * 7 + [2] * 3
called = [0, 0, 1, 2, 0, 1, 1, 1, 1, 0, 2, 1, 2, 2, 0]
print(classification_report(actual, called, digits=6), balanced_accuracy_score(actual, called))
