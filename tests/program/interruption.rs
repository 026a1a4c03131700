//! Killed, crowded, out of room: what is finished stays, and the tables come out the same.

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use microlearners::studies::RunDirectory;
use rand::Rng;

use super::{Place, plan, program, run, tables, text, undisturbed};

/// Ten times, at random moments of what an undisturbed run takes, and then to the end.
#[test]
fn a_study_killed_at_ten_moments_gives_the_same_tables() {
    let plan = plan(400);
    let start = Instant::now();
    let right = undisturbed(&plan);
    let whole = start.elapsed();
    let place = Place::new(&plan);
    // Other moments each time; a failure shows this, and with it in the place of the number they
    // are the same.
    let seed = u64::from(std::process::id());
    println!("seed of the moments: {seed}");
    let mut rng = microlearners::random::stream(seed, "kill");
    let (mut finished, mut opened) = (0, 0);
    for _ in 0..10 {
        let mut child = place.train().stderr(Stdio::null()).spawn().unwrap();
        sleep(whole.mul_f64(rng.gen_range(0.02..0.25)));
        // SIGKILL: nothing of ours runs afterwards.
        child.kill().unwrap();
        child.wait().unwrap();
        if let Ok(directory) = RunDirectory::open(place.out()) {
            let status = directory.status().unwrap();
            assert!(status.damaged.is_empty(), "{status:?}");
            assert!(status.finished() >= finished, "what is finished stays");
            finished = status.finished();
            opened += 1;
        }
    }
    // Killed before it could write whose the directory is, there is nothing to open yet.
    assert!(opened > 0, "never more than that was seen");
    let last = place.train().output().unwrap();
    assert!(last.status.success(), "{last:?}");
    assert_eq!(tables(&place.out()), right);
    let left = std::fs::read_dir(place.out().join("networks/000")).unwrap();
    assert_eq!(left.count(), 400, "nothing that killed writers left");
}

/// Waits until something holds, at most ten minutes.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(600), "waited ten minutes for this: {what}");
        sleep(Duration::from_millis(2));
    }
}

/// A process that is killed with the test, should that fail.
struct Companion(Child);

impl Drop for Companion {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Companion {
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success(), "kill {name}");
    }
}

#[test]
fn two_processes_are_not_in_one_anothers_way() {
    let plan = plan(200);
    let place = Place::new(&plan);
    let mut first = Companion(place.train().spawn().unwrap());
    let networks = place.out().join("networks/000");
    wait_until("the first process has begun", || networks.is_dir());
    // The first one stands still meanwhile, however fast it is.
    first.signal("-STOP");
    assert!(first.0.try_wait().unwrap().is_none(), "the first process has ended already");
    let second = place.train().output().unwrap();
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    let said = text(&second.stderr);
    assert!(said.contains("another process is at work") && said.lines().count() == 1, "{said}");
    first.signal("-CONT");
    assert!(first.0.wait().unwrap().success());
    assert_eq!(tables(&place.out()), undisturbed(&plan));
}

#[test]
fn shards_may_run_at_the_same_time() {
    let plan = plan(60);
    let place = Place::new(&plan);
    let children: Vec<_> = (1..=4)
        .map(|shard| place.train().arg("--shard").arg(format!("{shard}/4")).spawn().unwrap())
        .collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    assert!(run(&["merge", place.out().to_str().unwrap()]).status.success());
    assert_eq!(tables(&place.out()), undisturbed(&plan));
}

/// A file system of 400 KB, which only a namespace of our own lets us mount.
#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let plan = plan(60);
    let place = Place::new(&plan);
    let disk = place.folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    // Without room first, then with more, and the study again.
    let script = r#"
        mount -t tmpfs -o size=400k tmpfs "$DISK" || exit 77
        "$PROGRAM" train "$STUDY" --out "$DISK/out" --quiet; echo "code $?" >&2
        "$PROGRAM" status "$DISK/out"
        mount -o remount,size=40m "$DISK" || exit 77
        "$PROGRAM" train "$STUDY" --out "$DISK/out" --quiet && cp -r "$DISK/out" "$OUT" || exit 3"#;
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .env("PROGRAM", program().get_program())
        .env("STUDY", place.study())
        .env("DISK", &disk)
        .env("OUT", place.out())
        .output();
    let Some(output) =
        output.ok().filter(|output| ![Some(77), Some(1)].contains(&output.status.code()))
    else {
        println!("skipped: no file system can be mounted here");
        return;
    };
    let (told, said) = (text(&output.stderr), text(&output.stdout));
    assert!(told.contains("the disk is full") && told.contains("code 1"), "{told}");
    assert!(!told.contains("panicked") && said.contains("of 60 networks finished"), "{said}{told}");
    assert!(!said.contains(": 0 of 60"), "some were finished before: {said}");
    assert_eq!(tables(&place.out()), undisturbed(&plan));
}
