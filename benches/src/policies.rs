//! The policy engine beside Cedar: the same logical policies in AWS's JSON and in Cedar's language, the same requests, one
//! thread, one run. Every decision of the one is held against the other's.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    env,
    fmt::Write as _,
    hint::black_box,
    process::Command,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use bartizan_policy::{Kind, Outcome, Policies, Policy, PolicySet, Principal, Request, decide};
use cedar_policy::{Authorizer, Context, Entities, Entity, EntityUid, RestrictedExpression};

use crate::{
    Failure, median,
    report::{Goal, Report},
    server,
};

const ACTIONS: [&str; 4] = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging"];
/// How many different requests are asked.
const REQUESTS: usize = 512;
/// A decision takes less time than reading the clock: so many are timed together.
const BLOCK: usize = 16;
/// How long Cedar is driven for one figure.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one statement says; both languages are written from it.
struct Rule {
    role: usize,
    deny: bool,
    action: &'static str,
    resource: String,
    /// Only for principals of the red team.
    red: bool,
}

/// The rules of some roles, each with so many.
fn rules(roles: usize, each: usize) -> Vec<Rule> {
    let rule = |role: usize, index: usize| Rule {
        role,
        deny: index % 10 == 9,
        action: ACTIONS[index % ACTIONS.len()],
        resource: match index % 3 {
            0 => format!("arn:aws:s3:::bucket-{role}-{index}/report.csv"),
            _ => format!("arn:aws:s3:::bucket-{role}-{index}/*"),
        },
        red: index % 5 == 0,
    };
    (0..roles).flat_map(|role| (0..each).map(move |index| rule(role, index))).collect()
}

/// A rule of AWS's as a statement.
fn statement(rule: &Rule) -> String {
    let Rule { deny, action, resource, red, .. } = rule;
    let effect = if *deny { "Deny" } else { "Allow" };
    let condition = match red {
        true => r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#,
        false => "",
    };
    format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"{condition}}}"#)
}

/// The same in Cedar, as its users write it: what is exact stands in the scope.
fn cedar_policy(rule: &Rule) -> String {
    let Rule { role, deny, action, resource, red } = rule;
    let effect = if *deny { "forbid" } else { "permit" };
    let mut conditions = Vec::new();
    let scope = match resource.contains('*') {
        true => {
            conditions.push(format!("resource.arn like \"{resource}\""));
            "resource".to_owned()
        }
        false => format!("resource == Object::\"{resource}\""),
    };
    if *red {
        conditions.push("principal.team == \"red\"".to_owned());
    }
    let when = if conditions.is_empty() { String::new() } else { format!(" when {{ {} }}", conditions.join(" && ")) };
    format!("{effect}(principal == Role::\"r{role}\", action == Action::\"{action}\", {scope}){when};\n")
}

/// Who asks for what: about half of it is allowed, some is denied by a statement.
struct Asked {
    role: usize,
    action: &'static str,
    resource: String,
    red: bool,
}

fn asked(rules: &[Rule]) -> Vec<Asked> {
    let one = |index: usize| {
        // Spread over all rules, the same ones in every run.
        let rule = &rules[index * 7_919 % rules.len()];
        let near = rule.resource.trim_end_matches("report.csv").trim_end_matches('*');
        let resource = match index % 4 {
            0 => format!("arn:aws:s3:::elsewhere-{index}/report.csv"),
            _ => format!("{near}report.csv"),
        };
        Asked { role: rule.role, action: rule.action, resource, red: index % 3 != 0 }
    };
    (0..REQUESTS).map(one).collect()
}

/// The engine with its policies and requests, ready.
struct Ours {
    sets: Vec<PolicySet>,
    contexts: [BTreeMap<String, Vec<String>>; 2],
}

impl Ours {
    fn new(rules: &[Rule]) -> Result<Ours, Failure> {
        let roles = rules.iter().map(|rule| rule.role).max().map_or(0, |last| last + 1);
        let mut sets = Vec::with_capacity(roles);
        for role in 0..roles {
            let statements: Vec<String> = rules.iter().filter(|rule| rule.role == role).map(statement).collect();
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
            sets.push(PolicySet::new([("policy", Arc::new(Policy::parse(&text, Kind::Identity)?))]));
        }
        let context = |team: &str| {
            let keys = [("aws:principaltag/team", team), ("aws:username", "bob"), ("aws:sourceip", "203.0.113.9")];
            keys.map(|(key, value)| (key.to_owned(), vec![value.to_owned()])).into()
        };
        Ok(Ours { sets, contexts: [context("blue"), context("red")] })
    }

    fn decide(&self, asked: &Asked) -> Outcome {
        let request = Request {
            principal: Principal::User { account: "111122223333", arn: "arn:aws:iam::111122223333:user/bob", id: "" },
            action: asked.action,
            resource: &asked.resource,
            resource_account: Some("111122223333"),
            context: &self.contexts[usize::from(asked.red)],
        };
        let policies = Policies { identity: self.sets.get(asked.role), ..Policies::default() };
        let decision = decide(&request, &policies);
        // The ids of the deciding statements are part of the answer.
        black_box(&decision.matched);
        decision.effect
    }
}

/// Cedar with its policies, requests and entities, ready.
struct Theirs {
    authorizer: Authorizer,
    policies: cedar_policy::PolicySet,
    requests: Vec<(cedar_policy::Request, Entities)>,
}

impl Theirs {
    fn new(rules: &[Rule], asked: &[Asked]) -> Result<Theirs, Failure> {
        let mut text = String::new();
        for rule in rules {
            let _ = text.write_str(&cedar_policy(rule));
        }
        let policies = cedar_policy::PolicySet::from_str(&text)?;
        let mut requests = Vec::with_capacity(asked.len());
        for Asked { role, action, resource, red } in asked {
            let team = RestrictedExpression::new_string(if *red { "red" } else { "blue" }.to_owned());
            let uid = |kind: &str, id: &str| EntityUid::from_str(&format!("{kind}::\"{id}\""));
            let principal = uid("Role", &format!("r{role}"))?;
            let object = uid("Object", resource)?;
            let arn = RestrictedExpression::new_string(resource.clone());
            let entities = [
                Entity::new(principal.clone(), HashMap::from([("team".to_owned(), team)]), HashSet::new())?,
                Entity::new(object.clone(), HashMap::from([("arn".to_owned(), arn)]), HashSet::new())?,
            ];
            let request =
                cedar_policy::Request::new(principal, uid("Action", action)?, object, Context::empty(), None)?;
            requests.push((request, Entities::from_entities(entities, None)?));
        }
        Ok(Theirs { authorizer: Authorizer::new(), policies, requests })
    }

    fn allows(&self, index: usize) -> bool {
        let (request, entities) = &self.requests[index];
        let response = self.authorizer.is_authorized(request, &self.policies, entities);
        response.decision() == cedar_policy::Decision::Allow
    }
}

/// Sets of one role, and many roles of ten.
const SIZES: [(usize, usize); 6] = [(1, 10), (1, 200), (1, 1_000), (1, 10_000), (100, 10), (1_000, 10)];

/// All figures.
pub fn measure(report: &mut Report) -> Result<(), Failure> {
    let mut at_ten = f64::NAN;
    for (roles, each) in SIZES {
        let rules = rules(roles, each);
        let asked = asked(&rules);
        let (ours, theirs) = (Ours::new(&rules)?, Theirs::new(&rules, &asked)?);
        compare(&ours, &theirs, &asked)?;
        let nanoseconds = our_median(&ours, &asked);
        let cedar = their_median(&theirs);
        let what = match roles {
            1 => format!("{each} statements"),
            _ => format!("{roles} roles of {each}"),
        };
        let most = if each == 10 && roles == 1 { 179.0 } else { 1_000.0 };
        report.goal(&format!("{what}: a decision, p50"), Goal::AtMost(most, "ns"), nanoseconds);
        report.goal(&format!("{what}: Cedar, p50"), Goal::None("ns"), cedar);
        let least = if each == 10_000 { 1_000.0 } else { 15.0 };
        report.goal(&format!("{what}: Cedar / ours"), Goal::AtLeast(least, "times"), cedar / nanoseconds);
        match (roles, each) {
            (1, 10) => at_ten = nanoseconds,
            (1, 10_000) => report.goal("10,000 statements / 10", Goal::AtMost(4.0, "times"), nanoseconds / at_ten),
            _ => {}
        }
    }
    compiling(report)?;
    linear(report)
}

/// Both must decide alike, or the figures mean nothing.
fn compare(ours: &Ours, theirs: &Theirs, asked: &[Asked]) -> Result<(), Failure> {
    let mut counts = [0; 3];
    for (index, one) in asked.iter().enumerate() {
        let outcome = ours.decide(one);
        counts[match outcome {
            Outcome::Allowed => 0,
            Outcome::ExplicitDeny => 1,
            Outcome::ImplicitDeny => 2,
        }] += 1;
        if (outcome == Outcome::Allowed) != theirs.allows(index) {
            return Err(format!("{} on {}: {outcome:?}, and Cedar decides otherwise", one.action, one.resource).into());
        }
    }
    match counts.contains(&0) {
        true => Err(format!("an outcome never came about: {counts:?}").into()),
        false => Ok(()),
    }
}

/// Each block is a handful of decisions on different requests.
fn our_median(ours: &Ours, asked: &[Asked]) -> f64 {
    let mut costs = Vec::new();
    for _ in 0..200 {
        for block in asked.chunks(BLOCK) {
            let began = Instant::now();
            for one in block {
                black_box(ours.decide(black_box(one)));
            }
            costs.push(began.elapsed().as_nanos() as f64 / block.len() as f64);
        }
    }
    median(costs)
}

fn their_median(theirs: &Theirs) -> f64 {
    let mut costs = Vec::new();
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        for index in 0..theirs.requests.len() {
            let began_one = Instant::now();
            black_box(theirs.allows(black_box(index)));
            costs.push(began_one.elapsed().as_nanos() as f64);
            if began.elapsed() > PATIENCE {
                break;
            }
        }
    }
    median(costs)
}

/// What it costs to read 10,000 statements, and to sort those of an action when it is asked for first.
fn compiling(report: &mut Report) -> Result<(), Failure> {
    let rules = rules(1, 10_000);
    let began = Instant::now();
    let ours = Ours::new(&rules)?;
    report.goal("10,000 statements: read and compiled", Goal::None("ms"), began.elapsed().as_secs_f64() * 1e3);
    let asked = asked(&rules);
    let began = Instant::now();
    black_box(ours.decide(&asked[1]));
    report.goal("10,000 statements: an action's first decision", Goal::None("ms"), began.elapsed().as_secs_f64() * 1e3);
    let output = Command::new(env::current_exe()?).arg("sets").output()?;
    let kilobytes: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    report.goal("10,000 statements: resident", Goal::None("MB"), kilobytes / 1e3);
    Ok(())
}

/// Prints what a set of 10,000 statements keeps resident once all its actions have been asked for. In a process of its own, which
/// has no freed memory to give.
pub fn print_resident() -> Result<(), Failure> {
    const SETS: usize = 10;
    let rules = rules(1, 10_000);
    let asked = asked(&rules);
    let mut sets = vec![Ours::new(&rules)?];
    let before = server::resident_kilobytes(std::process::id())?;
    for _ in 0..SETS {
        let set = Ours::new(&rules)?;
        asked.iter().for_each(|one| {
            black_box(set.decide(one));
        });
        sets.push(set);
    }
    let after = server::resident_kilobytes(std::process::id())?;
    println!("{}", (after - before) / SETS as f64);
    Ok(())
}

/// Where the cost stays linear: no pattern's beginning or end says anything. Beside it, patterns that differ in their ends.
fn linear(report: &mut Report) -> Result<(), Failure> {
    for (what, end) in [("begin with * and end with *", "*"), ("begin with * and differ in their ends", "")] {
        let statement = |index: usize| {
            format!(r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::*/{index}{end}"}}"#)
        };
        let statements: Vec<String> = (0..10_000).map(statement).collect();
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        let set = PolicySet::new([("policy", Arc::new(Policy::parse(&text, Kind::Identity)?))]);
        let ours = Ours { sets: vec![set], contexts: [BTreeMap::new(), BTreeMap::new()] };
        let ask = |index: usize| {
            let resource = format!("arn:aws:s3:::bucket/{}", index * 7_919 % 20_000);
            Asked { role: 0, action: "s3:GetObject", resource, red: false }
        };
        let asked: Vec<Asked> = (0..64).map(ask).collect();
        report.goal(&format!("10,000 patterns that {what}"), Goal::None("µs"), our_median(&ours, &asked) / 1e3);
    }
    Ok(())
}
