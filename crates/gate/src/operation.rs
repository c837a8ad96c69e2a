use bartizan_wire::{Faults, Place, Schema, Shape, Value, rest::Route};

use crate::{Checks, Context, Error, Scope};

/// One operation of a service: the struct is its input.
pub trait Operation: Shape + 'static {
    /// The IAM action, `iam:CreateUser`.
    const ACTION: &'static str;
    /// The operation's name, where the action has another (`HeadObject` needs `s3:GetObject`).
    const NAME: &'static str = name_of(Self::ACTION);
    /// Whether it changes anything.
    const EFFECT: Effect;
    /// Whether callers must sign it. Where they need not, one who has not is [`crate::Identity::Anonymous`]: what the
    /// input proves is for [`Operation::checks`] to ask.
    const SIGNED: bool = true;
    /// What it answers; `()` for nothing.
    type Output: Shape;

    /// What must be allowed before it runs. It sees the same state that [`Operation::run`] will.
    ///
    /// # Errors
    /// If the input alone, or what it names, already makes an answer impossible. Such errors are shown to callers who
    /// may have no permission at all: nothing that they should not learn may be in one.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error>;

    /// Answers, and leaves its changes in the context. It may run again on a newer state if another commit came first.
    ///
    /// # Errors
    /// As the service's API model has them.
    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error>;
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads; its audit record is written within a second.
    Read,
    /// It changes the state; its audit record is part of the commit.
    Write,
}

/// One row of a service's table of operations.
#[derive(Clone, Copy)]
pub struct Row {
    /// The operation's name, `CreateUser`.
    name: &'static str,
    /// The IAM action.
    pub action: &'static str,
    /// Whether it changes anything.
    pub effect: Effect,
    /// For rest-json: its method and path; where there is none, it is posted to its name.
    pub route: Option<Route>,
    /// Whether this version has it.
    pub available: bool,
    /// Whether callers must sign it.
    pub signed: bool,
    /// Its input and output, described.
    pub schemas: fn() -> (Schema, Schema),
    pub(crate) read: fn(Value) -> Result<Box<dyn Bound>, Faults>,
}

/// An operation bound to its input, its types forgotten.
pub(crate) trait Bound {
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error>;
    fn run(&self, cx: &mut Context<'_>) -> Result<Value, Error>;
}

/// What follows the colon of an action.
const fn name_of(action: &'static str) -> &'static str {
    let bytes = action.as_bytes();
    let mut colon = 0;
    while colon < bytes.len() {
        let (head, tail) = action.split_at(colon + 1);
        if matches!(head.as_bytes(), [.., b':']) {
            return tail;
        }
        colon += 1;
    }
    action
}

/// The row of an operation.
#[must_use]
pub const fn operation<O: Operation>() -> Row {
    Row {
        name: O::NAME,
        action: O::ACTION,
        effect: O::EFFECT,
        route: None,
        available: true,
        signed: O::SIGNED,
        schemas: || (O::schema(), O::Output::schema()),
        read: |value| {
            let mut faults = Faults::new();
            match O::from_value(value, &Place::root(), &mut faults) {
                Some(input) if faults.is_empty() => Ok(Box::new(Typed(input))),
                _ => Err(faults),
            }
        },
    }
}

/// The row of an operation that AWS has and this version has not. It is authorised on `*` like any other, and then
/// says so.
#[must_use]
pub const fn unavailable(action: &'static str) -> Row {
    Row {
        name: name_of(action),
        action,
        effect: Effect::Read,
        route: None,
        available: false,
        signed: true,
        schemas: || (<()>::schema(), <()>::schema()),
        read: |_| Ok(Box::new(Absent)),
    }
}

/// The row of an operation that AWS has and this version has not, and that callers do not sign: what it is given says who
/// they are. There is nothing to authorise, and everyone is told that it is not available.
#[must_use]
pub const fn unavailable_unsigned(action: &'static str) -> Row {
    Row { signed: false, ..unavailable(action) }
}

impl Row {
    /// Gives a rest-json operation its method and path.
    #[must_use]
    pub const fn at(mut self, route: Route) -> Self {
        self.route = Some(route);
        self
    }

    /// Gives an operation that is not available its name, where the action has another.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// The operation's name, `CreateUser`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether its body is the operation's to read, of any length, while it runs.
    pub(crate) fn streams(&self) -> bool {
        self.route.is_some_and(|route| route.streams)
    }

    /// Reads the input.
    pub(crate) fn bind(&self, input: Value) -> Result<Box<dyn Bound>, Error> {
        (self.read)(input).map_err(Error::Invalid)
    }
}

struct Typed<O>(O);

impl<O: Operation> Bound for Typed<O> {
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        self.0.checks(scope)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Value, Error> {
        self.0.run(cx).map(Shape::into_value)
    }
}

struct Absent;

impl Bound for Absent {
    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        // The gate asks for the row's own action instead.
        Ok(Checks::All(Vec::new()))
    }

    fn run(&self, _: &mut Context<'_>) -> Result<Value, Error> {
        Err(Error::Unavailable)
    }
}
