//! Small confirmable requests over UDP, from one peer and from many.
use super::IN_FLIGHT;
use crate::{
    error::BenchError,
    library::compile_alone,
    machine,
    program::Count,
    rounds::Rounds,
    svg::{Curve, Panel, Picture},
    table::{Bound, Row, Table, grouped},
    workbench::{BOTH, Subject, Workbench, free_port, load, root},
};
use std::{fs, path::Path, process::Command};

/// What one run gives.
#[derive(Debug)]
struct Sample {
    /// New peers, each of which asks once.
    admission: Count,
    /// Requests afterwards.
    steady: Count,
    /// Processor time of the server for a request, in seconds.
    cpu: f64,
    /// The same of the program that asks.
    load_cpu: f64,
    /// What the server's memory has grown by for each peer, in bytes.
    memory: f64,
}

type Case = (Subject, u32);

/// The subjects, and how they look in the picture.
const SUBJECTS: [(Subject, &str, &str); 3] = [
    (Subject::Floor, "floor", "#999"),
    (Subject::Original, "original", "#c0392b"),
    (Subject::Ours, "ours", "#1f6fb2"),
];

/// Rates, processor time and memory over the number of sessions.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let program = compile_alone("load")?;
    let plan = &bench.plan;
    let cases: Vec<Case> = plan
        .sessions
        .iter()
        .flat_map(|sessions| SUBJECTS.map(|(subject, ..)| (subject, *sessions)))
        .filter(|(subject, sessions)| *subject != Subject::Original || *sessions <= plan.original_sessions)
        .collect();
    let rounds = Rounds::measure(plan.rounds, &cases, |case| once(bench, &program, case))?;
    let most = plan.sessions.iter().copied().max().unwrap_or_default();
    let results = Results { rounds, sessions: plan.sessions, most, original_most: plan.original_sessions };
    results.rates(table);
    results.processor(table);
    results.memory(table);
    results.draw(plan.picture)
}

fn once(bench: &Workbench, program: &Path, (subject, sessions): Case) -> Result<Sample, BenchError> {
    let (port, seconds) = (free_port()?, bench.plan.seconds.to_string());
    let server = bench.serve(subject, &port, "udp")?;
    let memory = server.resident()?;
    let arguments = [&port, &sessions.to_string(), IN_FLIGHT, "for", &seconds];
    let mut load = load(Command::new(program), &arguments)?;
    let admission = load.count()?;
    let memory = (server.resident()? - memory) / admission.number;
    let (cpu, load_cpu) = (server.cpu_time()?, load.cpu_time()?);
    load.go_on()?;
    let steady = load.count()?;
    let cpu = steady.share_of(server.cpu_time()?.saturating_sub(cpu));
    let load_cpu = steady.share_of(load.cpu_time()?.saturating_sub(load_cpu));
    load.go_on()?;
    load.finish()?;
    Ok(Sample { admission, steady, cpu, load_cpu, memory })
}

#[derive(Debug)]
struct Results {
    rounds: Rounds<Case, Sample>,
    sessions: &'static [u32],
    /// The most sessions there were, and the most there were at the original.
    most: u32,
    original_most: u32,
}

impl Results {
    fn median(&self, subject: Subject, sessions: u32, figure: impl Fn(&Sample) -> f64) -> Option<f64> {
        self.rounds.median((subject, sessions), figure)
    }

    fn row(&self, name: String, sessions: u32, figure: impl Fn(&Sample) -> f64) -> Row {
        let [original, ours] = BOTH.map(|subject| self.median(subject, sessions, &figure));
        Row::new(name, original, ours).floor(self.median(Subject::Floor, sessions, &figure))
    }

    fn rates(&self, table: &mut Table) {
        let rate = |sample: &Sample| sample.steady.per_second();
        for sessions in self.sessions {
            let row = self.row(format!("UDP requests/s, {}", of(*sessions)), *sessions, rate);
            table.row(if *sessions == 1 { row.goal(Bound::AtLeast(1.6)) } else { row });
        }
        let row = self.row("  1 session, against the floor".into(), 1, rate);
        table.row(row.against_floor().goal(Bound::AtLeast(0.75)));
        let rates = |sessions| BOTH.map(|subject| self.median(subject, sessions, rate));
        for (sessions, least) in self.sessions.iter().rev().take(3).rev().zip([0.95, 0.9, 0.8]) {
            let name = format!("  {}, against 1", of(*sessions));
            table.row(Row::relation(name, rates(*sessions), rates(1)).goal(Bound::AtLeast(least)));
        }
        // One peer's answers leave as one datagram (UDP_SEGMENT); those of a hundred have no neighbours to leave with.
        for sessions in self.sessions.iter().skip(2) {
            let name = format!("  {}, against {}", of(*sessions), self.sessions[1]);
            table.row(Row::relation(name, rates(*sessions), rates(self.sessions[1])));
        }
        let admissions = |sessions| {
            BOTH.map(|subject| {
                self.median(subject, sessions, |sample: &Sample| sample.admission.per_second())
            })
        };
        let name = format!("  admitting {} peers, against that rate", grouped(self.most));
        table.row(Row::relation(name, admissions(self.most), rates(self.most)).goal(Bound::AtLeast(0.5)));
        table.note(format_args!("the original is asked by at most {} peers", grouped(self.original_most)));
    }

    fn processor(&self, table: &mut Table) {
        let microseconds = |sample: &Sample| sample.cpu * 1e6;
        for sessions in self.sessions {
            let row =
                self.row(format!("server CPU, µs a request, {}", of(*sessions)), *sessions, microseconds);
            let row = row.against_floor();
            table.row(match sessions {
                1 => row.goal(Bound::AtMost(1.5)),
                1_000 => row.goal(Bound::AtMost(1.6)),
                _ => row,
            });
        }
        if let Some(load) = self.median(Subject::Floor, 1, |sample| sample.load_cpu * 1e6) {
            table.note(format_args!(
                "ratios are to the floor; the program that asks takes {load:.2} µs a request"
            ));
        }
    }

    fn memory(&self, table: &mut Table) {
        let memory = |subject, sessions| self.median(subject, sessions, |sample| sample.memory);
        let (original, ours) =
            (memory(Subject::Original, self.original_most), memory(Subject::Ours, self.most));
        let row = Row::new("resident memory of an idle session, bytes", original, ours);
        table.row(row.goal_of_figure(Bound::AtMost(600.0)));
        let [original, ours] = [self.original_most, self.most].map(grouped);
        table.note(format_args!("with {original} sessions at the original and {ours} at ours"));
    }

    /// Writes the curves to this file.
    fn draw(&self, file: &'static str) -> Result<(), BenchError> {
        let panel = |title: &str, is_logarithmic, figure: fn(&Sample) -> f64| Panel {
            title: title.into(),
            x_title: "sessions".into(),
            curves: SUBJECTS.map(|(subject, name, color)| self.curve(subject, name, color, figure)).into(),
            is_logarithmic,
        };
        let panels = vec![
            panel("requests a second", false, |sample| sample.steady.per_second()),
            panel("processor time of the server for a request, µs", true, |sample| sample.cpu * 1e6),
        ];
        let title =
            format!("Confirmable GET of 11 bytes over UDP, {IN_FLIGHT} in flight ({})", machine::describe());
        let path = root().join(file);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, Picture { title, panels }.to_string()))
            .map_err(BenchError::system(file))
    }

    fn curve(&self, subject: Subject, name: &str, color: &'static str, figure: fn(&Sample) -> f64) -> Curve {
        let point = |sessions: &u32| Some((f64::from(*sessions), self.median(subject, *sessions, figure)?));
        Curve { name: name.into(), color, points: self.sessions.iter().filter_map(point).collect() }
    }
}

fn of(sessions: u32) -> String {
    format!("{} session{}", grouped(sessions), if sessions == 1 { "" } else { "s" })
}
