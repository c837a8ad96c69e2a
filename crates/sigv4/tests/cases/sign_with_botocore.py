"""Writes botocore.jsonl: requests as botocore, the signer of the AWS CLI and boto3, signs them.

Run with an installed botocore: python3 sign_with_botocore.py > botocore.jsonl
"""

import base64
import datetime
import json
from urllib.parse import urlsplit

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2015, 8, 30, 12, 36, 0)
auth.get_current_datetime = lambda remove_tzinfo=True: NOW
KEY = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

# id, signer, service, method, path and query, headers, body, session token
CASES = [
    ("query protocol", auth.SigV4Auth, "sts", "POST", "/", FORM, b"Action=GetCallerIdentity&Version=2011-06-15", None),
    ("session token", auth.SigV4Auth, "sts", "POST", "/", FORM, b"Action=GetCallerIdentity&Version=2011-06-15", "FwoG/+token=="),
    ("json protocol", auth.SigV4Auth, "organizations", "POST", "/",
     {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSOrganizationsV20161128.ListAccounts"}, b"{}", None),
    ("rest-json", auth.SigV4Auth, "lookoutmetrics", "POST", "/CreateAnomalyDetector",
     {"Content-Type": "application/json"}, '{"AnomalyDetectorName":"Wärme"}'.encode(), None),
    ("encoded path", auth.SigV4Auth, "lookoutmetrics", "GET",
     "/tags/arn%3Aaws%3Alookoutmetrics%3Aus-east-1%3A123456789012%3AAnomalyDetector%3Ax", {}, b"", None),
    ("relative path", auth.SigV4Auth, "service", "GET", "/a/./b//c/../d/", {}, b"", None),
    ("path above the root", auth.SigV4Auth, "service", "GET", "/../a/b", {}, b"", None),
    ("sorted query", auth.SigV4Auth, "service", "GET", "/?b=2&a=3&a=1&A=0&a-b=4&%C3%A4=5&c=", {}, b"", None),
    ("unreserved characters", auth.SigV4Auth, "service", "GET", "/-._~azAZ09?-._~azAZ09=-._~azAZ09", {}, b"", None),
    ("spaces in a header", auth.SigV4Auth, "service", "GET", "/", {"My-Header": "  a   b \"c   d\"  "}, b"", None),
    ("s3 get", auth.S3SigV4Auth, "s3", "GET", "/bucket/a//b/../%C3%A4%20%2B~?list-type=2&prefix=a%2Fb", {}, b"", None),
    ("s3 put", auth.S3SigV4Auth, "s3", "PUT", "/bucket/key", {"x-amz-meta-name": "a  b"}, b"\x00\xff", "token"),
    ("presigned sts", auth.SigV4QueryAuth, "sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", {}, b"", None),
    ("presigned sts with token", auth.SigV4QueryAuth, "sts", "GET",
     "/?Action=GetCallerIdentity&Version=2011-06-15", {"x-k8s-aws-id": "cluster"}, b"", "FwoG/+token=="),
    ("presigned s3", auth.S3SigV4QueryAuth, "s3", "GET", "/bucket/a//b%20c", {}, b"", "FwoG/+token=="),
]

for case, signer, service, method, target, headers, body, token in CASES:
    host = f"{service}.us-east-1.amazonaws.com"
    request = AWSRequest(method, f"https://{host}{target}", dict(headers), body)
    signer(Credentials(*KEY, token), service, "us-east-1").add_auth(request)
    url = urlsplit(request.url)
    key = {"accessKeyId": KEY[0], "secretAccessKey": KEY[1]} | ({"sessionToken": token} if token else {})
    print(json.dumps({
        "id": f"botocore: {case}",
        "request": {
            "method": method,
            "target": url.path + (f"?{url.query}" if url.query else ""),
            "headers": [["Host", host], *([name, value] for name, value in request.headers.items())],
            "body": base64.b64encode(body).decode(),
        },
        "service": service,
        "region": "us-east-1",
        "now": "2015-08-30T12:40:00Z",
        "keys": [key],
        "expect": "ok",
    }))
