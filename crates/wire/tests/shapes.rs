//! Shapes: what is read, what is refused and in which words.

use std::collections::BTreeMap;

use bartizan_wire::{Blob, Faults, HIDDEN, Location, Member, Naming, Schema, Shape, Traits, Value, describe};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Shape)]
#[shape(min = 1, max = 64, pattern = r"[\w+=,.@-]+")]
struct UserName(String);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Shape)]
#[shape(min = 1, max = 128, pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+")]
struct TagKey(String);

#[derive(Debug, Clone, PartialEq, Shape)]
#[shape(max = 3)]
struct TagKeys(Vec<TagKey>);

#[derive(Debug, Clone, Copy, PartialEq, Shape)]
#[shape(min = 1, max = 1000)]
struct MaxItems(i32);

#[derive(Clone, PartialEq, Shape)]
#[shape(min = 1, max = 128, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+", sensitive)]
struct Password(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
enum Status {
    Active,
    BackTestActive,
    #[shape(name = "PT5M")]
    FiveMinutes,
}

#[derive(Debug, Clone, PartialEq, Shape)]
struct Tag {
    key: TagKey,
    #[shape(max = 256)]
    value: String,
}

#[derive(Clone, PartialEq, Shape)]
#[shape(name = "CreateUserRequest")]
struct CreateUser {
    user_name: UserName,
    #[shape(min = 1, max = 512, pattern = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)")]
    path: Option<String>,
    tags: Option<Vec<Tag>>,
    #[shape(name = "TagKeyList", wire = "tagKeys")]
    tag_keys: Option<TagKeys>,
    max_items: Option<MaxItems>,
    status: Option<Status>,
    password: Option<Password>,
    #[shape(sensitive, min = 3)]
    secret: Option<String>,
    kms_key_arn: Option<String>,
    #[shape(max = 2)]
    labels: Option<BTreeMap<TagKey, UserName>>,
    #[shape(min = 0, max = 100)]
    score: Option<f64>,
    data: Option<Blob>,
    created: Option<jiff::Timestamp>,
    r#type: Option<bool>,
}

#[derive(Debug, PartialEq, Shape)]
#[shape(camel)]
struct Camel {
    resource_arn: i64,
}

#[derive(Debug, PartialEq, Shape)]
struct Unit;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn with_name(entries: &[(&str, Value)]) -> Value {
    let mut all = vec![("UserName", text("bob"))];
    all.extend(entries.iter().cloned());
    map(&all)
}

fn refusal(value: Value) -> Faults {
    CreateUser::read(value).err().unwrap_or_default()
}

#[test]
fn every_wording_is_awss() {
    let list = |items: &[Value]| Value::List(items.to_vec());
    let tag = |key: Value, value: &str| map(&[("Key", key), ("Value", text(value))]);
    let long = "x".repeat(65);
    let cases: Vec<(Value, String)> = vec![
        (map(&[]), "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null".into()),
        (
            map(&[("UserName", Value::Null)]),
            "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null".into(),
        ),
        (
            map(&[("UserName", text("x y"))]),
            r"1 validation error detected: Value 'x y' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+".into(),
        ),
        (
            map(&[("UserName", text(&long))]),
            format!("1 validation error detected: Value '{long}' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"),
        ),
        (
            map(&[("UserName", text(""))]),
            r"2 validation errors detected: Value '' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+; Value '' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1".into(),
        ),
        (
            map(&[("Path", text("x")), ("MaxItems", text("1001"))]),
            r"3 validation errors detected: Value null at 'userName' failed to satisfy constraint: Member must not be null; Value 'x' at 'path' failed to satisfy constraint: Member must satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F); Value '1001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000".into(),
        ),
        (
            with_name(&[("MaxItems", Value::Integer(0))]),
            "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1".into(),
        ),
        (
            with_name(&[("Score", Value::Double(100.5))]),
            "1 validation error detected: Value '100.5' at 'score' failed to satisfy constraint: Member must have value less than or equal to 100".into(),
        ),
        (
            with_name(&[("Status", text("Active"))]),
            "1 validation error detected: Value 'Active' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [ACTIVE, BACK_TEST_ACTIVE, PT5M]".into(),
        ),
        (
            with_name(&[("Tags", list(&[tag(text("a"), "b"), tag(text(""), "b"), map(&[("Key", text("c"))])]))]),
            r"3 validation errors detected: Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+; Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value null at 'tags.3.member.value' failed to satisfy constraint: Member must not be null".into(),
        ),
        (
            with_name(&[("tagKeys", list(&[text("a"), text("b;"), text("c"), text("")]))]),
            r"1 validation error detected: Value '[a, b;, c, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]".into(),
        ),
        (
            with_name(&[("tagKeys", list(&[text("a"), text("b"), text("c"), text("d")]))]),
            "1 validation error detected: Value '[a, b, c, d]' at 'tagKeys' failed to satisfy constraint: Member must have length less than or equal to 3".into(),
        ),
        (
            with_name(&[("Password", text(""))]),
            r"2 validation errors detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+; Value at 'password' failed to satisfy constraint: Member must have length greater than or equal to 1".into(),
        ),
        (
            with_name(&[("Secret", text("ab"))]),
            "1 validation error detected: Value at 'secret' failed to satisfy constraint: Member must have length greater than or equal to 3".into(),
        ),
        (
            with_name(&[("Labels", map(&[("a;", text("b")), ("a", text("b c"))]))]),
            r"2 validation errors detected: Value at 'labels' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]; Value at 'labels' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 64, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\w+=,.@-]+]".into(),
        ),
        (
            with_name(&[("Labels", map(&[("a", text("b")), ("c", text("d")), ("e", text("f"))]))]),
            "1 validation error detected: Value '{a=b, c=d, e=f}' at 'labels' failed to satisfy constraint: Member must have length less than or equal to 2".into(),
        ),
    ];
    for (value, message) in cases {
        assert_eq!(refusal(value).to_string(), message);
    }
}

#[test]
fn the_wrong_type_is_malformed_and_is_not_echoed() {
    for (member, value, message) in [
        ("MaxItems", text("hunter2"), "STRING_VALUE can not be converted to an Integer"),
        ("MaxItems", text("+1"), "STRING_VALUE can not be converted to an Integer"),
        ("MaxItems", text("2147483648"), "STRING_VALUE can not be converted to an Integer"),
        ("MaxItems", Value::Integer(1 << 31), "NUMBER_VALUE can not be converted to an Integer"),
        ("MaxItems", Value::Double(1.0), "DECIMAL_VALUE can not be converted to an Integer"),
        ("MaxItems", Value::String("1".into()), "STRING_VALUE can not be converted to an Integer"),
        ("KmsKeyArn", Value::Integer(1), "NUMBER_VALUE can not be converted to a String"),
        ("Tags", text("x"), "STRING_VALUE can not be converted to a list"),
        ("Tags", Value::List(vec![text("x")]), "STRING_VALUE can not be converted to a structure"),
        ("tagKeys", Value::List(vec![text("a"), Value::Integer(1)]), "NUMBER_VALUE can not be converted to a String"),
        ("Labels", Value::List(vec![]), "START_ARRAY can not be converted to a map"),
        ("Type", text("True"), "STRING_VALUE can not be converted to a Boolean"),
        ("Score", text("NaN"), "STRING_VALUE can not be converted to a Double"),
        ("Score", text("inf"), "STRING_VALUE can not be converted to a Double"),
        ("Data", text("%%"), "STRING_VALUE can not be converted to a Blob"),
        ("Created", Value::Double(1e300), "DECIMAL_VALUE can not be converted to a Timestamp"),
        ("Created", Value::Integer(i64::MAX), "NUMBER_VALUE can not be converted to a Timestamp"),
        ("Created", text("yesterday"), "STRING_VALUE can not be converted to a Timestamp"),
    ] {
        let faults = refusal(with_name(&[(member, value)]));
        assert_eq!(faults.malformed().map(|malformed| malformed.message.as_str()), Some(message), "{member}");
        assert_eq!(faults.to_string(), message);
    }
}

#[test]
fn a_member_given_twice_is_refused_and_an_unknown_one_passed_over() {
    let twice = map(&[("UserName", text("bob")), ("UserName", text("eve"))]);
    assert!(refusal(twice).malformed().is_some());
    let keys = with_name(&[("Labels", map(&[("a", text("b")), ("a", text("c"))]))]);
    assert!(refusal(keys).malformed().is_some());
    assert!(
        CreateUser::read(with_name(&[("username", text("eve"))])).is_ok_and(|read| read.user_name.as_str() == "bob")
    );
}

#[test]
fn what_is_read_is_written() {
    let input = with_name(&[
        ("Path", text("/a/")),
        ("Tags", Value::List(vec![map(&[("Key", text("k")), ("Value", text(""))])])),
        ("tagKeys", text("")),
        ("MaxItems", text("1000")),
        ("Status", text("PT5M")),
        ("Password", text("pässword")),
        ("Secret", text("abc")),
        ("Labels", map(&[("a", text("b"))])),
        ("Score", text("0.5")),
        ("Data", text("aGk=")),
        ("Created", text("2013-04-18T05:01:58Z")),
        ("Type", text("true")),
    ]);
    let read = CreateUser::read(input).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(read.tag_keys.as_ref().map(|keys| keys.as_slice().len()), Some(0));
    assert_eq!(read.kms_key_arn, None);
    let written = read.clone().into_value();
    let Value::Structure(members) = &written else { panic!("no structure") };
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    assert_eq!(
        names,
        [
            "UserName", "Path", "Tags", "tagKeys", "MaxItems", "Status", "Password", "Secret", "Labels", "Score",
            "Data", "Created", "Type"
        ]
    );
    assert!(CreateUser::read(written).is_ok_and(|again| again == read));
}

#[test]
fn newtypes_check_at_every_way_in() {
    assert!(UserName::new("bob").is_ok());
    assert!(UserName::try_from(String::from("bob smith")).is_err());
    let message = "1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+";
    assert_eq!("a b".parse::<UserName>().unwrap_err().to_string(), message);
    assert_eq!(MaxItems::new(7).unwrap().get(), 7);
    assert!(MaxItems::new(0).is_err());
    assert!(TagKeys::new(vec![TagKey::new("a").unwrap(); 4]).is_err());
    let secret = Password::new("").err().unwrap().to_string();
    assert!(secret.starts_with("2 validation errors detected: Value at 'password'"), "{secret}");
    assert_eq!(Password::new("x").ok().unwrap().into_inner(), "x");
    assert_eq!("PT5M".parse::<Status>().unwrap(), Status::FiveMinutes);
    assert_eq!(format!("{:>4}|{:<5}|", UserName::new("bob").unwrap(), Status::FiveMinutes), " bob|PT5M |");
}

#[test]
fn lengths_count_code_points() {
    assert!(TagKey::new("é".repeat(128)).is_ok());
    assert!(TagKey::new("é".repeat(129)).is_err());
}

#[test]
fn faults_beyond_a_hundred_are_counted_only() {
    let tags = vec![map(&[]); 100_000];
    let faults = refusal(with_name(&[("Tags", Value::List(tags))]));
    assert_eq!(faults.len(), 200_000);
    assert_eq!(faults.iter().count(), 100);
    assert!(faults.to_string().starts_with("200000 validation errors detected: "));
}

#[test]
fn schemas_say_what_shapes_do() {
    let Schema::Structure { name, members } = CreateUser::schema() else { panic!("no structure") };
    assert_eq!(name, "CreateUserRequest");
    assert_eq!(
        members[0],
        Member {
            name: "UserName",
            wire_name: "UserName",
            required: true,
            sensitive: false,
            location: Location::Body,
            item: "",
            schema: Schema::String {
                traits: Traits { min: Some(1), max: Some(64), pattern: Some(r"[\w+=,.@-]+"), sensitive: false },
                values: &[],
            },
        }
    );
    assert_eq!((members[3].name, members[3].wire_name, members[3].required), ("TagKeyList", "tagKeys", false));
    let sensitive: Vec<&str> = members.iter().filter(|member| member.sensitive).map(|member| member.name).collect();
    assert_eq!(sensitive, ["Password", "Secret"]);
    let Schema::Structure { members, .. } = Camel::schema() else { panic!("no structure") };
    assert_eq!(members[0].wire_name, "resourceArn");
    assert_eq!(Camel::read(map(&[("resourceArn", text("-3"))])), Ok(Camel { resource_arn: -3 }));
    assert_eq!(Unit::read(Value::empty()), Ok(Unit));
    assert_eq!(<()>::read(Value::empty()), Ok(()));
}

#[derive(Debug, PartialEq, Shape)]
struct Described {
    status: Status,
    #[shape(sensitive)]
    keys: Option<TagKeys>,
}

#[test]
fn schemas_are_described_in_botocores_words() {
    assert_eq!(
        describe::schema_json(&Described::schema()),
        concat!(
            r#"{"type":"structure","name":"Described","members":["#,
            r#"{"name":"Status","wireName":"Status","required":true,"sensitive":false,"#,
            r#""shape":{"type":"string","enum":["ACTIVE","BACK_TEST_ACTIVE","PT5M"]}},"#,
            r#"{"name":"Keys","wireName":"Keys","required":false,"sensitive":true,"#,
            r#""shape":{"type":"list","member":{"type":"string","min":1,"max":128,"#,
            r#""pattern":"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"},"max":3}}]}"#,
        )
    );
}

#[test]
fn secrets_and_what_is_unknown_stay_out_of_the_audit_trail() {
    let input = with_name(&[
        ("Password", text("hunter2")),
        ("Secret", Value::List(vec![text("hunter2")])),
        ("password", text("hunter2")),
        ("Path", map(&[("Password", text("hunter2"))])),
        ("Tags", text("hunter2")),
        ("tagKeys", Value::List(vec![text("a"), Value::List(vec![text("hunter2")])])),
        ("Labels", map(&[("A", text("b"))])),
    ]);
    let shown = |naming| {
        let mut out = Vec::new();
        CreateUser::schema().write_shown(&mut out, &input, naming);
        String::from_utf8(out).unwrap()
    };
    let as_on_the_wire = shown(Naming::Wire);
    assert!(!as_on_the_wire.contains("hunter2"));
    let hidden = |name: &str| format!(r#""{name}":"{HIDDEN}""#);
    for expected in [hidden("Password"), hidden("Secret"), hidden("Path"), hidden("Tags")] {
        assert!(as_on_the_wire.contains(&expected), "{expected} in {as_on_the_wire}");
    }
    assert!(!as_on_the_wire.contains("password"), "an unknown member: {as_on_the_wire}");
    assert!(as_on_the_wire.contains(&format!(r#""tagKeys":["a","{HIDDEN}"],"Labels":{{"A":"b"}}}}"#)));
    // Names of members change, and keys of maps do not.
    let lower = shown(Naming::LowerFirst);
    assert!(lower.contains(&hidden("password")) && lower.contains(r#""labels":{"A":"b"}"#), "{lower}");
}
