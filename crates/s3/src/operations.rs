//! Every operation of the API. What tells one from another is the method, the path and what is in `needs`.

use bartizan_gate::{Row, operation, unavailable};
use bartizan_wire::rest::Route;

use crate::{
    bucket::{CreateBucket, DeleteBucket, GetBucketLocation, HeadBucket, ListBuckets},
    bucket_acl::{GetBucketAcl, PutBucketAcl},
    bucket_ownership::{GetBucketOwnershipControls, PutBucketOwnershipControls},
    bucket_policy::{DeleteBucketPolicy, GetBucketPolicy, GetBucketPolicyStatus, PutBucketPolicy},
    copy_object::CopyObject,
    delete_object::{DeleteObject, DeleteObjects},
    get_object::{GetObject, HeadObject},
    list_objects::{ListObjects, ListObjectsV2},
    multipart_upload::{AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, ListMultipartUploads},
    object_acl::{GetObjectAcl, PutObjectAcl},
    part::{ListParts, UploadPart, UploadPartCopy},
    public_access_block::{DeletePublicAccessBlock, GetPublicAccessBlock, PutPublicAccessBlock},
    put_object::PutObject,
    tag::{
        DeleteBucketTagging, DeleteObjectTagging, GetBucketTagging, GetObjectTagging, PutBucketTagging,
        PutObjectTagging,
    },
};

/// Every operation of the API, each with its route but for those that the model names twice, and ListDirectoryBuckets,
/// whose requests are those of ListBuckets.
pub const OPERATIONS: &[Row] = &[
    operation::<AbortMultipartUpload>().at(Route {
        method: "DELETE",
        status: 204,
        needs: &["uploadId"],
        ..Route::post("/{Bucket}/{Key+}")
    }),
    operation::<CompleteMultipartUpload>().at(Route {
        method: "POST",
        needs: &["uploadId"],
        root: "CompleteMultipartUploadResult",
        ..Route::post("/{Bucket}/{Key+}")
    }),
    operation::<CopyObject>().at(Route {
        method: "PUT",
        needs: &["x-amz-copy-source"],
        ..Route::post("/{Bucket}/{Key+}")
    }),
    operation::<CreateBucket>().at(Route { method: "PUT", ..Route::post("/{Bucket}") }),
    unavailable("s3:CreateBucketMetadataTableConfiguration")
        .named("CreateBucketMetadataConfiguration")
        .at(Route { method: "POST", ..Route::post("/{Bucket}?metadataConfiguration") }),
    unavailable("s3:CreateBucketMetadataTableConfiguration")
        .at(Route { method: "POST", ..Route::post("/{Bucket}?metadataTable") }),
    operation::<CreateMultipartUpload>().at(Route {
        method: "POST",
        root: "InitiateMultipartUploadResult",
        ..Route::post("/{Bucket}/{Key+}?uploads")
    }),
    unavailable("s3:CreateSession").at(Route { method: "GET", ..Route::post("/{Bucket}?session") }),
    operation::<DeleteBucket>().at(Route { method: "DELETE", status: 204, ..Route::post("/{Bucket}") }),
    unavailable("s3:PutAnalyticsConfiguration").named("DeleteBucketAnalyticsConfiguration").at(Route {
        method: "DELETE",
        status: 204,
        needs: &["id"],
        ..Route::post("/{Bucket}?analytics")
    }),
    unavailable("s3:PutBucketCORS").named("DeleteBucketCors").at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}?cors")
    }),
    unavailable("s3:PutEncryptionConfiguration").named("DeleteBucketEncryption").at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}?encryption")
    }),
    unavailable("s3:PutIntelligentTieringConfiguration")
        .named("DeleteBucketIntelligentTieringConfiguration")
        .at(Route { method: "DELETE", status: 204, needs: &["id"], ..Route::post("/{Bucket}?intelligent-tiering") }),
    unavailable("s3:PutInventoryConfiguration").named("DeleteBucketInventoryConfiguration").at(Route {
        method: "DELETE",
        status: 204,
        needs: &["id"],
        ..Route::post("/{Bucket}?inventory")
    }),
    unavailable("s3:PutLifecycleConfiguration").named("DeleteBucketLifecycle").at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}?lifecycle")
    }),
    unavailable("s3:DeleteBucketMetadataTableConfiguration").named("DeleteBucketMetadataConfiguration").at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}?metadataConfiguration")
    }),
    unavailable("s3:DeleteBucketMetadataTableConfiguration").at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}?metadataTable")
    }),
    unavailable("s3:PutMetricsConfiguration").named("DeleteBucketMetricsConfiguration").at(Route {
        method: "DELETE",
        status: 204,
        needs: &["id"],
        ..Route::post("/{Bucket}?metrics")
    }),
    unavailable("s3:PutBucketOwnershipControls").named("DeleteBucketOwnershipControls").at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}?ownershipControls")
    }),
    operation::<DeleteBucketPolicy>().at(Route { method: "DELETE", status: 204, ..Route::post("/{Bucket}?policy") }),
    unavailable("s3:PutReplicationConfiguration").named("DeleteBucketReplication").at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}?replication")
    }),
    operation::<DeleteBucketTagging>().at(Route { method: "DELETE", status: 204, ..Route::post("/{Bucket}?tagging") }),
    unavailable("s3:DeleteBucketWebsite").at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}?website")
    }),
    operation::<DeleteObject>().at(Route { method: "DELETE", status: 204, ..Route::post("/{Bucket}/{Key+}") }),
    unavailable("s3:DeleteObjectAnnotation").at(Route {
        method: "DELETE",
        status: 204,
        needs: &["annotationName"],
        ..Route::post("/{Bucket}/{Key+}?annotation")
    }),
    operation::<DeleteObjectTagging>().at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}/{Key+}?tagging")
    }),
    operation::<DeleteObjects>().at(Route { method: "POST", root: "DeleteResult", ..Route::post("/{Bucket}?delete") }),
    operation::<DeletePublicAccessBlock>().at(Route {
        method: "DELETE",
        status: 204,
        ..Route::post("/{Bucket}?publicAccessBlock")
    }),
    unavailable("s3:GetBucketAbac").at(Route { method: "GET", ..Route::post("/{Bucket}?abac") }),
    unavailable("s3:GetAccelerateConfiguration")
        .named("GetBucketAccelerateConfiguration")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?accelerate") }),
    operation::<GetBucketAcl>().at(Route {
        method: "GET",
        root: "AccessControlPolicy",
        ..Route::post("/{Bucket}?acl")
    }),
    unavailable("s3:GetAnalyticsConfiguration").named("GetBucketAnalyticsConfiguration").at(Route {
        method: "GET",
        needs: &["id"],
        ..Route::post("/{Bucket}?analytics")
    }),
    unavailable("s3:GetBucketCORS").named("GetBucketCors").at(Route { method: "GET", ..Route::post("/{Bucket}?cors") }),
    unavailable("s3:GetEncryptionConfiguration")
        .named("GetBucketEncryption")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?encryption") }),
    unavailable("s3:GetIntelligentTieringConfiguration").named("GetBucketIntelligentTieringConfiguration").at(Route {
        method: "GET",
        needs: &["id"],
        ..Route::post("/{Bucket}?intelligent-tiering")
    }),
    unavailable("s3:GetInventoryConfiguration").named("GetBucketInventoryConfiguration").at(Route {
        method: "GET",
        needs: &["id"],
        ..Route::post("/{Bucket}?inventory")
    }),
    unavailable("s3:GetLifecycleConfiguration").named("GetBucketLifecycle"),
    unavailable("s3:GetLifecycleConfiguration")
        .named("GetBucketLifecycleConfiguration")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?lifecycle") }),
    operation::<GetBucketLocation>().at(Route { method: "GET", ..Route::post("/{Bucket}?location") }),
    unavailable("s3:GetBucketLogging").at(Route { method: "GET", ..Route::post("/{Bucket}?logging") }),
    unavailable("s3:GetBucketMetadataTableConfiguration")
        .named("GetBucketMetadataConfiguration")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?metadataConfiguration") }),
    unavailable("s3:GetBucketMetadataTableConfiguration")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?metadataTable") }),
    unavailable("s3:GetMetricsConfiguration").named("GetBucketMetricsConfiguration").at(Route {
        method: "GET",
        needs: &["id"],
        ..Route::post("/{Bucket}?metrics")
    }),
    unavailable("s3:GetBucketNotification"),
    unavailable("s3:GetBucketNotification")
        .named("GetBucketNotificationConfiguration")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?notification") }),
    operation::<GetBucketOwnershipControls>().at(Route { method: "GET", ..Route::post("/{Bucket}?ownershipControls") }),
    operation::<GetBucketPolicy>().at(Route { method: "GET", ..Route::post("/{Bucket}?policy") }),
    operation::<GetBucketPolicyStatus>().at(Route { method: "GET", ..Route::post("/{Bucket}?policyStatus") }),
    unavailable("s3:GetReplicationConfiguration")
        .named("GetBucketReplication")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?replication") }),
    unavailable("s3:GetBucketRequestPayment").at(Route { method: "GET", ..Route::post("/{Bucket}?requestPayment") }),
    operation::<GetBucketTagging>().at(Route { method: "GET", root: "Tagging", ..Route::post("/{Bucket}?tagging") }),
    unavailable("s3:GetBucketVersioning").at(Route { method: "GET", ..Route::post("/{Bucket}?versioning") }),
    unavailable("s3:GetBucketWebsite").at(Route { method: "GET", ..Route::post("/{Bucket}?website") }),
    operation::<GetObject>().at(Route { method: "GET", ..Route::post("/{Bucket}/{Key+}") }),
    operation::<GetObjectAcl>().at(Route {
        method: "GET",
        root: "AccessControlPolicy",
        ..Route::post("/{Bucket}/{Key+}?acl")
    }),
    unavailable("s3:GetObjectAnnotation").at(Route {
        method: "GET",
        needs: &["annotationName"],
        ..Route::post("/{Bucket}/{Key+}?annotation")
    }),
    unavailable("s3:GetObjectAttributes").at(Route {
        method: "GET",
        needs: &["x-amz-object-attributes"],
        ..Route::post("/{Bucket}/{Key+}?attributes")
    }),
    unavailable("s3:GetObjectLegalHold").at(Route { method: "GET", ..Route::post("/{Bucket}/{Key+}?legal-hold") }),
    unavailable("s3:GetBucketObjectLockConfiguration")
        .named("GetObjectLockConfiguration")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?object-lock") }),
    unavailable("s3:GetObjectRetention").at(Route { method: "GET", ..Route::post("/{Bucket}/{Key+}?retention") }),
    operation::<GetObjectTagging>().at(Route {
        method: "GET",
        root: "Tagging",
        ..Route::post("/{Bucket}/{Key+}?tagging")
    }),
    unavailable("s3:GetObjectTorrent").at(Route { method: "GET", ..Route::post("/{Bucket}/{Key+}?torrent") }),
    operation::<GetPublicAccessBlock>().at(Route { method: "GET", ..Route::post("/{Bucket}?publicAccessBlock") }),
    operation::<HeadBucket>().at(Route { method: "HEAD", ..Route::post("/{Bucket}") }),
    operation::<HeadObject>().at(Route { method: "HEAD", ..Route::post("/{Bucket}/{Key+}") }),
    unavailable("s3:GetAnalyticsConfiguration")
        .named("ListBucketAnalyticsConfigurations")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?analytics") }),
    unavailable("s3:GetIntelligentTieringConfiguration")
        .named("ListBucketIntelligentTieringConfigurations")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?intelligent-tiering") }),
    unavailable("s3:GetInventoryConfiguration")
        .named("ListBucketInventoryConfigurations")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?inventory") }),
    unavailable("s3:GetMetricsConfiguration")
        .named("ListBucketMetricsConfigurations")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?metrics") }),
    operation::<ListBuckets>().at(Route { method: "GET", root: "ListAllMyBucketsResult", ..Route::post("/") }),
    unavailable("s3:ListAllMyDirectoryBuckets").named("ListDirectoryBuckets"),
    operation::<ListMultipartUploads>().at(Route {
        method: "GET",
        root: "ListMultipartUploadsResult",
        ..Route::post("/{Bucket}?uploads")
    }),
    unavailable("s3:ListObjectAnnotations").at(Route { method: "GET", ..Route::post("/{Bucket}/{Key+}?annotation") }),
    unavailable("s3:ListBucketVersions")
        .named("ListObjectVersions")
        .at(Route { method: "GET", ..Route::post("/{Bucket}?versions") }),
    operation::<ListObjects>().at(Route { method: "GET", root: "ListBucketResult", ..Route::post("/{Bucket}") }),
    operation::<ListObjectsV2>().at(Route {
        method: "GET",
        root: "ListBucketResult",
        ..Route::post("/{Bucket}?list-type=2")
    }),
    operation::<ListParts>().at(Route {
        method: "GET",
        needs: &["uploadId"],
        root: "ListPartsResult",
        ..Route::post("/{Bucket}/{Key+}")
    }),
    unavailable("s3:PutBucketAbac").at(Route { method: "PUT", ..Route::post("/{Bucket}?abac") }),
    unavailable("s3:PutAccelerateConfiguration")
        .named("PutBucketAccelerateConfiguration")
        .at(Route { method: "PUT", ..Route::post("/{Bucket}?accelerate") }),
    operation::<PutBucketAcl>().at(Route { method: "PUT", ..Route::post("/{Bucket}?acl") }),
    unavailable("s3:PutAnalyticsConfiguration").named("PutBucketAnalyticsConfiguration").at(Route {
        method: "PUT",
        needs: &["id"],
        ..Route::post("/{Bucket}?analytics")
    }),
    unavailable("s3:PutBucketCORS").named("PutBucketCors").at(Route { method: "PUT", ..Route::post("/{Bucket}?cors") }),
    unavailable("s3:PutEncryptionConfiguration")
        .named("PutBucketEncryption")
        .at(Route { method: "PUT", ..Route::post("/{Bucket}?encryption") }),
    unavailable("s3:PutIntelligentTieringConfiguration").named("PutBucketIntelligentTieringConfiguration").at(Route {
        method: "PUT",
        needs: &["id"],
        ..Route::post("/{Bucket}?intelligent-tiering")
    }),
    unavailable("s3:PutInventoryConfiguration").named("PutBucketInventoryConfiguration").at(Route {
        method: "PUT",
        needs: &["id"],
        ..Route::post("/{Bucket}?inventory")
    }),
    unavailable("s3:PutLifecycleConfiguration").named("PutBucketLifecycle"),
    unavailable("s3:PutLifecycleConfiguration")
        .named("PutBucketLifecycleConfiguration")
        .at(Route { method: "PUT", ..Route::post("/{Bucket}?lifecycle") }),
    unavailable("s3:PutBucketLogging").at(Route { method: "PUT", ..Route::post("/{Bucket}?logging") }),
    unavailable("s3:PutMetricsConfiguration").named("PutBucketMetricsConfiguration").at(Route {
        method: "PUT",
        needs: &["id"],
        ..Route::post("/{Bucket}?metrics")
    }),
    unavailable("s3:PutBucketNotification"),
    unavailable("s3:PutBucketNotification")
        .named("PutBucketNotificationConfiguration")
        .at(Route { method: "PUT", ..Route::post("/{Bucket}?notification") }),
    operation::<PutBucketOwnershipControls>().at(Route { method: "PUT", ..Route::post("/{Bucket}?ownershipControls") }),
    operation::<PutBucketPolicy>().at(Route { method: "PUT", ..Route::post("/{Bucket}?policy") }),
    unavailable("s3:PutReplicationConfiguration")
        .named("PutBucketReplication")
        .at(Route { method: "PUT", ..Route::post("/{Bucket}?replication") }),
    unavailable("s3:PutBucketRequestPayment").at(Route { method: "PUT", ..Route::post("/{Bucket}?requestPayment") }),
    operation::<PutBucketTagging>().at(Route { method: "PUT", ..Route::post("/{Bucket}?tagging") }),
    unavailable("s3:PutBucketVersioning").at(Route { method: "PUT", ..Route::post("/{Bucket}?versioning") }),
    unavailable("s3:PutBucketWebsite").at(Route { method: "PUT", ..Route::post("/{Bucket}?website") }),
    operation::<PutObject>().at(Route { method: "PUT", streams: true, ..Route::post("/{Bucket}/{Key+}") }),
    operation::<PutObjectAcl>().at(Route { method: "PUT", ..Route::post("/{Bucket}/{Key+}?acl") }),
    unavailable("s3:PutObjectAnnotation").at(Route {
        method: "PUT",
        needs: &["annotationName"],
        ..Route::post("/{Bucket}/{Key+}?annotation")
    }),
    unavailable("s3:PutObjectLegalHold").at(Route { method: "PUT", ..Route::post("/{Bucket}/{Key+}?legal-hold") }),
    unavailable("s3:PutBucketObjectLockConfiguration")
        .named("PutObjectLockConfiguration")
        .at(Route { method: "PUT", ..Route::post("/{Bucket}?object-lock") }),
    unavailable("s3:PutObjectRetention").at(Route { method: "PUT", ..Route::post("/{Bucket}/{Key+}?retention") }),
    operation::<PutObjectTagging>().at(Route { method: "PUT", ..Route::post("/{Bucket}/{Key+}?tagging") }),
    operation::<PutPublicAccessBlock>().at(Route { method: "PUT", ..Route::post("/{Bucket}?publicAccessBlock") }),
    unavailable("s3:PutObject").named("RenameObject").at(Route {
        method: "PUT",
        needs: &["x-amz-rename-source"],
        ..Route::post("/{Bucket}/{Key+}?renameObject")
    }),
    unavailable("s3:RestoreObject").at(Route { method: "POST", ..Route::post("/{Bucket}/{Key+}?restore") }),
    unavailable("s3:GetObject")
        .named("SelectObjectContent")
        .at(Route { method: "POST", ..Route::post("/{Bucket}/{Key+}?select&select-type=2") }),
    unavailable("s3:UpdateBucketMetadataAnnotationTableConfiguration")
        .at(Route { method: "PUT", ..Route::post("/{Bucket}?metadataAnnotationTable") }),
    unavailable("s3:UpdateBucketMetadataInventoryTableConfiguration")
        .at(Route { method: "PUT", ..Route::post("/{Bucket}?metadataInventoryTable") }),
    unavailable("s3:UpdateBucketMetadataJournalTableConfiguration")
        .at(Route { method: "PUT", ..Route::post("/{Bucket}?metadataJournalTable") }),
    unavailable("s3:UpdateObjectEncryption").at(Route { method: "PUT", ..Route::post("/{Bucket}/{Key+}?encryption") }),
    operation::<UploadPart>().at(Route {
        method: "PUT",
        needs: &["partNumber", "uploadId"],
        streams: true,
        ..Route::post("/{Bucket}/{Key+}")
    }),
    operation::<UploadPartCopy>().at(Route {
        method: "PUT",
        needs: &["x-amz-copy-source", "partNumber", "uploadId"],
        ..Route::post("/{Bucket}/{Key+}")
    }),
    unavailable("s3:WriteGetObjectResponse").at(Route {
        method: "POST",
        needs: &["x-amz-request-route", "x-amz-request-token"],
        ..Route::post("/WriteGetObjectResponse")
    }),
];
