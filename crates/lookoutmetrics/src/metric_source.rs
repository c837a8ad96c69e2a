//! Where a dataset's data comes from. All of AWS's sources have their shapes; Amazon S3, Amazon RDS and Amazon
//! Redshift are accepted.

use bartizan_wire::Shape;

use crate::names::{Arn, ColumnName};

/// Exactly one of these.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_MetricSource.html>
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct MetricSource {
    pub s3_source_config: Option<S3SourceConfig>,
    pub app_flow_config: Option<AppFlowConfig>,
    pub cloud_watch_config: Option<CloudWatchConfig>,
    #[shape(name = "RDSSourceConfig")]
    pub rds_source_config: Option<RdsSourceConfig>,
    pub redshift_source_config: Option<RedshiftSourceConfig>,
    pub athena_source_config: Option<AthenaSourceConfig>,
}

/// Files in Amazon S3.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_S3SourceConfig.html>
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct S3SourceConfig {
    /// The role that the files are read as.
    pub role_arn: Option<Arn>,
    /// Where each interval's files are, for data that keeps coming.
    pub templated_path_list: Option<TemplatedPathList>,
    /// Where the files of the past are.
    pub historical_data_path_list: Option<HistoricalDataPathList>,
    pub file_format_descriptor: Option<FileFormatDescriptor>,
}

/// One path with keys for the interval's start: `s3://bucket/{{yyyyMMdd}}/{{HHmm}}`.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 1)]
pub struct TemplatedPathList(Vec<TemplatedPath>);

/// A path with keys.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 1024, pattern = r"^s3://[a-zA-Z0-9_\-\/ {}=]+$")]
pub struct TemplatedPath(String);

/// One path.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 1)]
pub struct HistoricalDataPathList(Vec<HistoricalDataPath>);

/// A path.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 1024, pattern = r"^s3://[a-z0-9].+$")]
pub struct HistoricalDataPath(String);

/// How files are written: exactly one of these.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct FileFormatDescriptor {
    pub csv_format_descriptor: Option<CsvFormatDescriptor>,
    pub json_format_descriptor: Option<JsonFormatDescriptor>,
}

/// One record a line, its values between delimiters.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_CsvFormatDescriptor.html>
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct CsvFormatDescriptor {
    pub file_compression: Option<CsvFileCompression>,
    pub charset: Option<Charset>,
    /// Whether the first line has the columns' names.
    pub contains_header: Option<bool>,
    #[shape(max = 1, pattern = r"[^\r\n]")]
    pub delimiter: Option<String>,
    /// The columns' names, where no line has them.
    pub header_list: Option<Vec<ColumnName>>,
    #[shape(max = 1, pattern = r"[^\r\n]|^$")]
    pub quote_symbol: Option<String>,
}

/// One JSON object a line.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_JsonFormatDescriptor.html>
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct JsonFormatDescriptor {
    pub file_compression: Option<JsonFileCompression>,
    pub charset: Option<Charset>,
}

/// How a file of delimited records is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(name = "CSVFileCompression", screaming)]
pub enum CsvFileCompression {
    None,
    Gzip,
}

/// How a file of JSON lines is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum JsonFileCompression {
    None,
    Gzip,
}

/// A character set, `UTF-8`.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 63, pattern = r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*")]
pub struct Charset(String);

/// A flow of Amazon AppFlow.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct AppFlowConfig {
    pub role_arn: Option<Arn>,
    #[shape(max = 256, pattern = r"[a-zA-Z0-9][\w!@#.-]+")]
    pub flow_name: Option<String>,
}

/// Metrics of Amazon CloudWatch.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct CloudWatchConfig {
    pub role_arn: Option<Arn>,
    pub back_test_configuration: Option<BackTestConfiguration>,
}

/// For sources without files: whether the detector is to be tried on the past.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct BackTestConfiguration {
    pub run_back_test_mode: bool,
}

/// A table of a database of Amazon RDS.
#[derive(Debug, Clone, PartialEq, Shape)]
#[shape(name = "RDSSourceConfig")]
pub struct RdsSourceConfig {
    #[shape(
        name = "DBInstanceIdentifier",
        min = 1,
        max = 63,
        pattern = r"^[a-zA-Z](?!.*--)(?!.*-$)[0-9a-zA-Z\-]*$",
        like = r"[a-zA-Z][0-9a-zA-Z\-]*",
        unlike = r"--|-$"
    )]
    pub db_instance_identifier: Option<String>,
    #[shape(min = 1, max = 253, pattern = r".*\S.*")]
    pub database_host: Option<String>,
    #[shape(min = 1, max = 65535)]
    pub database_port: Option<i32>,
    pub secret_manager_arn: Option<SecretManagerArn>,
    #[shape(min = 1, max = 64, pattern = r"[a-zA-Z0-9_.]+")]
    pub database_name: Option<String>,
    pub table_name: Option<TableName>,
    pub role_arn: Option<Arn>,
    pub vpc_configuration: Option<VpcConfiguration>,
}

/// A table of a cluster of Amazon Redshift.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct RedshiftSourceConfig {
    #[shape(
        min = 1,
        max = 63,
        pattern = r"^[a-z](?!.*--)(?!.*-$)[0-9a-z\-]*$",
        like = r"[a-z][0-9a-z\-]*",
        unlike = r"--|-$"
    )]
    pub cluster_identifier: Option<String>,
    #[shape(min = 1, max = 253, pattern = r".*\S.*")]
    pub database_host: Option<String>,
    #[shape(min = 1, max = 65535)]
    pub database_port: Option<i32>,
    pub secret_manager_arn: Option<SecretManagerArn>,
    #[shape(min = 1, max = 100, pattern = r"[a-zA-Z0-9_.]+")]
    pub database_name: Option<String>,
    pub table_name: Option<TableName>,
    pub role_arn: Option<Arn>,
    pub vpc_configuration: Option<VpcConfiguration>,
}

/// A secret of AWS Secrets Manager, whose name begins with `AmazonLookoutMetrics-`.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 256, pattern = r"arn:([a-z\d-]+):.*:.*:secret:AmazonLookoutMetrics-.+")]
pub struct SecretManagerArn(String);

/// A table's name.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 100, pattern = r"^[a-zA-Z][a-zA-Z0-9_.]*$")]
pub struct TableName(String);

/// The network that a database is reached through.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct VpcConfiguration {
    pub subnet_id_list: Vec<SubnetId>,
    pub security_group_id_list: Vec<SecurityGroupId>,
}

/// A subnet's id.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 255, pattern = r"[\-0-9a-zA-Z]+")]
pub struct SubnetId(String);

/// A security group's id.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 255, pattern = r"[-0-9a-zA-Z]+")]
pub struct SecurityGroupId(String);

/// A table of Amazon Athena.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct AthenaSourceConfig {
    pub role_arn: Option<Arn>,
    #[shape(min = 1, max = 255, pattern = r"[a-zA-Z0-9_]+")]
    pub database_name: Option<String>,
    #[shape(min = 1, max = 256, pattern = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*")]
    pub data_catalog: Option<String>,
    #[shape(min = 1, max = 128, pattern = r"[a-zA-Z0-9_]+")]
    pub table_name: Option<String>,
    #[shape(min = 1, max = 128, pattern = r"[a-zA-Z0-9._-]{1,128}")]
    pub work_group_name: Option<String>,
    #[shape(name = "S3ResultsPath", max = 1024, pattern = r"^s3://[a-z0-9].+$")]
    pub s3_results_path: Option<String>,
    pub back_test_configuration: Option<BackTestConfiguration>,
}

impl MetricSource {
    /// The roles that are passed with it: each one's source, and its ARN.
    pub fn role_arns(&self) -> impl Iterator<Item = &Arn> {
        [
            self.s3_source_config.as_ref().and_then(|source| source.role_arn.as_ref()),
            self.app_flow_config.as_ref().and_then(|source| source.role_arn.as_ref()),
            self.cloud_watch_config.as_ref().and_then(|source| source.role_arn.as_ref()),
            self.rds_source_config.as_ref().and_then(|source| source.role_arn.as_ref()),
            self.redshift_source_config.as_ref().and_then(|source| source.role_arn.as_ref()),
            self.athena_source_config.as_ref().and_then(|source| source.role_arn.as_ref()),
        ]
        .into_iter()
        .flatten()
    }

    /// The names of the sources that are given and available.
    pub fn available(&self) -> impl Iterator<Item = &'static str> {
        [
            self.s3_source_config.as_ref().map(|_| "S3SourceConfig"),
            self.rds_source_config.as_ref().map(|_| "RDSSourceConfig"),
            self.redshift_source_config.as_ref().map(|_| "RedshiftSourceConfig"),
        ]
        .into_iter()
        .flatten()
    }

    /// The names of the sources that are given and not available.
    pub fn unavailable(&self) -> impl Iterator<Item = &'static str> {
        [
            self.app_flow_config.as_ref().map(|_| "AppFlowConfig"),
            self.cloud_watch_config.as_ref().map(|_| "CloudWatchConfig"),
            self.athena_source_config.as_ref().map(|_| "AthenaSourceConfig"),
        ]
        .into_iter()
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bartizan_wire::json;

    /// Whether a source of one kind with one member is taken.
    fn takes(source: &str, member: &str, value: &str) -> bool {
        let body = serde_json::json!({ source: { member: value } }).to_string();
        MetricSource::read(json::decode(body.as_bytes()).unwrap()).is_ok()
    }

    #[test]
    fn sources_are_as_the_model_has_them() {
        let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:";
        for (source, member, good, bad) in [
            ("AppFlowConfig", "FlowName", "my-flow", "-flow"),
            ("RDSSourceConfig", "DBInstanceIdentifier", "my-instance", "my--instance"),
            ("RDSSourceConfig", "DBInstanceIdentifier", "A1", "a-"),
            ("RDSSourceConfig", "SecretManagerArn", &format!("{secret}AmazonLookoutMetrics-x"), &format!("{secret}x")),
            ("RDSSourceConfig", "TableName", "a.b", "1a"),
            ("RedshiftSourceConfig", "ClusterIdentifier", "cluster-1", "Cluster"),
            ("RedshiftSourceConfig", "DatabaseName", "a_b.c", "a-b"),
            ("AthenaSourceConfig", "DataCatalog", "AwsDataCatalog \u{10000}", "a\u{1}"),
            ("AthenaSourceConfig", "WorkGroupName", "primary", "a b"),
            ("AthenaSourceConfig", "S3ResultsPath", "s3://bucket/x", "http://bucket"),
            ("CloudWatchConfig", "RoleArn", "arn:aws:iam::123456789012:role/x", "x"),
        ] {
            assert!(takes(source, member, good), "{source}.{member} refuses {good}");
            assert!(!takes(source, member, bad), "{source}.{member} takes {bad}");
        }
    }

    #[test]
    fn every_role_is_passed() {
        let body = serde_json::json!({
            "S3SourceConfig": {"RoleArn": "arn:aws:iam::123456789012:role/a"},
            "AppFlowConfig": {"RoleArn": "arn:aws:iam::123456789012:role/b"},
            "CloudWatchConfig": {"RoleArn": "arn:aws:iam::123456789012:role/c"},
            "RDSSourceConfig": {"RoleArn": "arn:aws:iam::123456789012:role/d"},
            "RedshiftSourceConfig": {"RoleArn": "arn:aws:iam::123456789012:role/e"},
            "AthenaSourceConfig": {"RoleArn": "arn:aws:iam::123456789012:role/f"},
        });
        let source = MetricSource::read(json::decode(body.to_string().as_bytes()).unwrap()).unwrap();
        let last: Vec<&str> = source.role_arns().filter_map(|arn| arn.as_str().rsplit('/').next()).collect();
        assert_eq!(last, ["a", "b", "c", "d", "e", "f"]);
        assert_eq!((source.available().count(), source.unavailable().count()), (3, 3));
    }
}
