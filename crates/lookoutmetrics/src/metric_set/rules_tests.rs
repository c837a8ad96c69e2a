use super::*;
use bartizan_wire::{Shape as _, json};
use serde_json::{Value, json};

fn good() -> Value {
    json!({
        "MetricList": [
            {"MetricName": "views", "AggregationFunction": "SUM"},
            {"MetricName": "revenue", "AggregationFunction": "AVG", "Namespace": "any"},
        ],
        "Offset": 0,
        "TimestampColumn": {"ColumnName": "timestamp", "ColumnFormat": "yyyy-MM-dd HH:mm:ss"},
        "DimensionList": ["platform", "marketplace"],
        "MetricSetFrequency": "PT1H",
        "Timezone": "Europe/Zurich",
        "MetricSource": {"S3SourceConfig": {
            "RoleArn": "arn:aws:iam::123456789012:role/LookoutMetricsRole",
            "TemplatedPathList": ["s3://bucket/continuous/{{yyyyMMdd}}/{{HHmm}}"],
            "HistoricalDataPathList": ["s3://bucket/historical/"],
            "FileFormatDescriptor": {"CsvFormatDescriptor": {
                "FileCompression": "NONE", "Charset": "UTF-8", "ContainsHeader": true, "Delimiter": ",",
                "HeaderList": ["timestamp", "platform", "marketplace", "views", "revenue"], "QuoteSymbol": "\"",
            }},
        }},
        "DimensionFilterList": [
            {"Name": "platform", "FilterList": [{"DimensionValue": "pc_web", "FilterOperation": "EQUALS"}]},
        ],
    })
}

/// The good one, with what is at a JSON pointer replaced, or taken away.
fn with(pointer: &str, replacement: Option<Value>) -> Configuration {
    let mut configuration = good();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = configuration.pointer_mut(parent).unwrap();
    match replacement {
        Some(value) => parent[name] = value,
        None => drop(parent.as_object_mut().unwrap().remove(name)),
    }
    read(&configuration)
}

fn read(configuration: &Value) -> Configuration {
    Configuration::read(json::decode(configuration.to_string().as_bytes()).unwrap()).unwrap()
}

fn places(faults: &Faults) -> Vec<&str> {
    faults.iter().map(|fault| fault.place.as_str()).collect()
}

#[test]
fn a_good_dataset_is_good() {
    for detector in [Frequency::OneHour, Frequency::OneDay] {
        assert_eq!(check(&read(&good()), detector), Faults::new());
    }
}

#[test]
fn what_is_kept_is_what_was_given() {
    let given = read(&good());
    let kept = crate::configuration::to_json(given.clone(), "arn").unwrap();
    assert_eq!(kept, good());
    assert_eq!(crate::configuration::of_json::<Configuration>(&kept, "arn").unwrap(), given);
}

#[test]
fn what_is_kept_and_damaged_is_not_believed() {
    let mut kept = good();
    kept["Offset"] = json!(-1);
    let error = crate::configuration::of_json::<Configuration>(&kept, "arn").unwrap_err();
    assert!(matches!(error, Error::Internal(_)));
}

#[test]
fn every_fault_is_named_where_it_is() {
    let source = "/MetricSource/S3SourceConfig";
    let csv = format!("{source}/FileFormatDescriptor/CsvFormatDescriptor");
    let cases: Vec<(String, Option<Value>, &[&str])> = vec![
        ("/MetricSetFrequency".into(), Some(json!("P1D")), &["metricSetFrequency"]),
        ("/MetricSetFrequency".into(), None, &[]),
        ("/TimestampColumn".into(), None, &["timestampColumn"]),
        ("/TimestampColumn/ColumnFormat".into(), None, &["timestampColumn.columnFormat"]),
        ("/TimestampColumn/ColumnFormat".into(), Some(json!("yyyy-MM-dd")), &["timestampColumn.columnFormat"]),
        ("/TimestampColumn/ColumnName".into(), None, &["timestampColumn.columnName"]),
        ("/Timezone".into(), Some(json!("Mars/Olympus")), &["timezone"]),
        ("/Timezone".into(), None, &[]),
        ("/DimensionList".into(), Some(json!(["platform", "views"])), &["dimensionList.2.member"]),
        ("/DimensionList".into(), Some(json!(["marketplace"])), &["dimensionFilterList.1.member.name"]),
        (source.into(), None, &["metricSource.s3SourceConfig"]),
        (format!("{source}/RoleArn"), None, &["metricSource.s3SourceConfig.roleArn"]),
        (format!("{source}/TemplatedPathList"), None, &[]),
        (format!("{source}/HistoricalDataPathList"), None, &[]),
        (
            format!("{source}/TemplatedPathList"),
            Some(json!(["s3://bucket/continuous"])),
            &["metricSource.s3SourceConfig.templatedPathList.1.member"],
        ),
        (format!("{source}/FileFormatDescriptor"), None, &["metricSource.s3SourceConfig.fileFormatDescriptor"]),
        (
            format!("{source}/FileFormatDescriptor"),
            Some(json!({})),
            &["metricSource.s3SourceConfig.fileFormatDescriptor"],
        ),
        (format!("{source}/FileFormatDescriptor"), Some(json!({"JsonFormatDescriptor": {}})), &[]),
        (
            format!("{source}/FileFormatDescriptor/JsonFormatDescriptor"),
            Some(json!({})),
            &["metricSource.s3SourceConfig.fileFormatDescriptor"],
        ),
        (
            format!("{csv}/Delimiter"),
            Some(json!(";")),
            &["metricSource.s3SourceConfig.fileFormatDescriptor.csvFormatDescriptor.delimiter"],
        ),
        (format!("{csv}/HeaderList"), None, &[]),
        (
            format!("{csv}/HeaderList"),
            Some(json!(["timestamp", "platform", "marketplace", "views"])),
            &["metricSource.s3SourceConfig.fileFormatDescriptor.csvFormatDescriptor.headerList"],
        ),
        (
            "/MetricSource/CloudWatchConfig".into(),
            Some(json!({"RoleArn": "arn:aws:iam::123456789012:role/x"})),
            &["metricSource.cloudWatchConfig"],
        ),
        (
            "/DimensionFilterList".into(),
            Some(json!([
                {"Name": "platform"},
                {"Name": "platform", "FilterList": [{"DimensionValue": "x".repeat(41)}]},
                {"FilterList": [{"FilterOperation": "EQUALS"}]},
            ])),
            &[
                "dimensionFilterList.1.member.filterList",
                "dimensionFilterList.2.member.name",
                "dimensionFilterList.2.member.filterList.1.member.dimensionValue",
                "dimensionFilterList.2.member.filterList.1.member.filterOperation",
                "dimensionFilterList.3.member.name",
                "dimensionFilterList.3.member.filterList.1.member.dimensionValue",
            ],
        ),
    ];
    for (pointer, replacement, expected) in cases {
        let shown = format!("{pointer} {replacement:?}");
        let faults = check(&with(&pointer, replacement), Frequency::OneHour);
        assert_eq!(places(&faults), expected, "{shown}: {faults}");
    }
}

#[test]
fn without_a_header_the_columns_need_names() {
    let mut configuration = good();
    let csv =
        configuration.pointer_mut("/MetricSource/S3SourceConfig/FileFormatDescriptor/CsvFormatDescriptor").unwrap();
    csv["ContainsHeader"] = json!(false);
    csv.as_object_mut().unwrap().remove("HeaderList");
    let faults = check(&read(&configuration), Frequency::OneHour);
    assert_eq!(places(&faults), ["metricSource.s3SourceConfig.fileFormatDescriptor.csvFormatDescriptor.headerList"]);
}

#[test]
fn other_sources_are_refused_with_a_reason() {
    let faults = check(&with("/MetricSource", Some(json!({"AppFlowConfig": {"FlowName": "ab"}}))), Frequency::OneHour);
    assert_eq!(places(&faults), ["metricSource.appFlowConfig", "metricSource.s3SourceConfig"]);
    assert!(faults.to_string().contains("this version of Bartizan reads data from S3SourceConfig only"));
}

#[test]
fn there_are_ten_measures_and_ten_dimensions_at_most() {
    let names = |count: usize| (0..count).map(|number| format!("c{number}")).collect::<Vec<_>>();
    let measures = |count| {
        let measure = |name| json!({"MetricName": name, "AggregationFunction": "SUM"});
        with("/MetricList", Some(names(count).into_iter().map(measure).collect()))
    };
    let dimensions = |count| with("/DimensionList", Some(json!(names(count))));
    for (configuration, code) in [
        (measures(10), None),
        (measures(11), Some("measures-per-dataset")),
        (dimensions(10), None),
        (dimensions(11), Some("dimensions-per-dataset")),
    ] {
        let refused = check_quotas(&configuration, "arn").err().map(|error| {
            let Error::Service(fault) = error else { panic!("{error}") };
            assert_eq!((fault.code, fault.status), ("ServiceQuotaExceededException", 402));
            format!("{:?}", fault.members)
        });
        assert_eq!(refused.is_some(), code.is_some());
        assert!(refused.unwrap_or_default().contains(code.unwrap_or_default()));
    }
}

#[test]
fn what_is_good_makes_a_plan() {
    let plan = read(&good()).plan(Frequency::OneDay, "arn").unwrap();
    assert_eq!(plan.columns(), ["timestamp", "views", "revenue", "platform", "marketplace"]);
    assert_eq!(plan.filters, [(0, BTreeSet::from(["pc_web".to_owned()]))]);
    assert_eq!(plan.zone().iana_name(), Some("Europe/Zurich"));
    assert_eq!(plan.limits, data::Limits { files: 10, rows: 150_000, metrics: 50_000 });
    let text = "timestamp,platform,marketplace,views,revenue\n2021-02-03 04:00:00,pc_web,it,5,1.5\n\
                2021-02-03 04:00:00,app,it,6,2.5\n";
    let mut reading = data::Reading::new(&plan, None);
    reading.file(text.as_bytes()).unwrap();
    let mut values = reading.finish();
    let start = "2021-02-03T03:00:00Z".parse().unwrap();
    assert_eq!(values.series, [["pc_web", "it"]]);
    assert_eq!(values.of(start).unwrap()[..2], [5.0, 1.5]);
}

#[test]
fn a_character_set_is_one_that_can_be_read() {
    const CHARSET: &str = "/MetricSource/S3SourceConfig/FileFormatDescriptor/CsvFormatDescriptor/Charset";
    for (name, is_good) in [("UTF-8", true), ("ISO-8859-1", true), ("Shift_JIS", true), ("EBCDIC", false)] {
        let faults = check(&with(CHARSET, Some(json!(name))), Frequency::OneHour);
        let place = "metricSource.s3SourceConfig.fileFormatDescriptor.csvFormatDescriptor.charset";
        assert_eq!(places(&faults), if is_good { vec![] } else { vec![place] }, "{name}");
    }
}
