"""What Amazon S3's operations here lack of AWS's model, by reason: this version has no part of what these members are about.

Whoever sends an `x-amz-` header that an operation does not know is refused (`NotImplemented`).
"""

import re

MISSING = re.compile(r"([\w ]+): member (\w+) is missing")

NOWHERE = {
    "Buckets have no versions: an object is the only one.": "CopySourceVersionId DeleteMarker DeleteMarkerVersionId MFA",
    "Nothing is encrypted at rest by keys of the caller's.": """
        BucketKeyEnabled CopySourceSSECustomerAlgorithm CopySourceSSECustomerKey CopySourceSSECustomerKeyMD5
        SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5 SSEKMSEncryptionContext SSEKMSKeyId ServerSideEncryption
    """,
    "Nobody pays.": "RequestCharged RequestPayer",
    "Checksums are those that clients have had before 2026.": """
        ChecksumMD5 ChecksumSHA512 ChecksumXXHASH128 ChecksumXXHASH3 ChecksumXXHASH64
    """,
    "No object can be locked.": """
        BypassGovernanceRetention ObjectLockEnabledForBucket ObjectLockEventHold ObjectLockEventHoldDurationDays
        ObjectLockEventHoldDurationYears ObjectLockLegalHoldStatus ObjectLockMode ObjectLockRetainUntilDate
    """,
    "There are no lifecycles, archives, replicas or annotations.": """
        AbortDate AbortRuleId AnnotationDirective ArchiveStatus Expiration OptionalObjectAttributes ReplicationStatus Restore
        RestoreStatus
    """,
    "There are no websites.": "WebsiteRedirectLocation",
    "There are no directory buckets, access points or namespaces of an account.": """
        AccessPointAlias BucketArn BucketLocationName BucketLocationType BucketNamespace IfMatchInitiatedTime
        IfMatchLastModifiedTime IfMatchSize WriteOffsetBytes
    """,
    "Who began an upload is not kept.": "Initiator",
    "A bucket gets its tags when it is there.": "Tags",
    "Metadata that are no text are refused when they are put.": "MissingMeta",
    "How many parts an object has is not told.": "PartsCount",
}
"""Members that no structure here has."""

COMPLETE = "CompleteMultipartUploadOutput CompleteMultipartUploadRequest CompletedPart"
COPIES = "CopyObjectResult CopyPartResult"
IN_PLACES = {
    "Buckets have no versions: an object is the only one.": {
        "VersionId": """
            AbortMultipartUploadOutput CompleteMultipartUploadOutput CopyObjectOutput CreateMultipartUploadOutput
            DeleteObjectOutput DeleteObjectTaggingOutput DeleteObjectTaggingRequest DeletedObject Error GetObjectAclRequest
            GetObjectOutput GetObjectTaggingOutput GetObjectTaggingRequest HeadObjectOutput ListPartsOutput MultipartUpload
            PutObjectAclRequest PutObjectOutput PutObjectTaggingOutput PutObjectTaggingRequest UploadPartCopyOutput
            UploadPartOutput
        """,
    },
    "A request's checksum says itself which one it is.": {
        "ChecksumAlgorithm": """
            DeleteObjectsRequest PutBucketAclRequest PutBucketOwnershipControlsRequest PutBucketPolicyRequest
            PutBucketTaggingRequest PutObjectAclRequest PutObjectRequest PutObjectTaggingRequest PutPublicAccessBlockRequest
            UploadPartRequest
        """,
    },
    "Checksums are those of objects and parts as they were sent: none of whole uploads, nor of copies.": {
        "ChecksumAlgorithm": "CopyObjectRequest CreateMultipartUploadOutput ListPartsOutput MultipartUpload",
        "ChecksumCRC32": f"{COMPLETE} {COPIES} Part",
        "ChecksumCRC32C": f"{COMPLETE} {COPIES} Part",
        "ChecksumCRC64NVME": f"{COMPLETE} {COPIES} Part",
        "ChecksumSHA1": f"{COMPLETE} {COPIES} Part",
        "ChecksumSHA256": f"{COMPLETE} {COPIES} Part",
        "ChecksumType": """
            CompleteMultipartUploadOutput CopyObjectResult CreateMultipartUploadOutput GetObjectOutput HeadObjectOutput
            ListPartsOutput MultipartUpload Object PutObjectOutput
        """,
    },
    "There are no directory buckets, access points or namespaces of an account.": {
        "Bucket": "CreateBucketConfiguration",
        "Location": "CreateBucketConfiguration",
        "Size": "PutObjectOutput",
    },
    "A part is copied on the one condition that the source is as it was.": {
        "CopySourceIfModifiedSince": "UploadPartCopyRequest",
        "CopySourceIfNoneMatch": "UploadPartCopyRequest",
        "CopySourceIfUnmodifiedSince": "UploadPartCopyRequest",
    },
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    "It is told of all classes but STANDARD, which is the only one here.": {
        "StorageClass": "GetObjectOutput HeadObjectOutput",
    },
}
"""Members that some structures have, by those that lack them."""

ANYWHERE = {member for members in NOWHERE.values() for member in members.split()}
PLACES = {
    (structure, member)
    for members in IN_PLACES.values() for member, structures in members.items() for structure in structures.split()
}


def is_lacking(difference: str) -> bool:
    """Whether a comparison says of a structure that it has no such member, which it need not have."""
    structure, member = missing(difference) or ("", "")
    return member in ANYWHERE or (structure, member) in PLACES


def missing(difference: str) -> tuple[str, str] | None:
    """The structure and the member, if that is the difference. An output of nothing has no name but the operation's."""
    found = MISSING.fullmatch(difference)
    return (found[1].replace(" output", "Output"), found[2]) if found else None
