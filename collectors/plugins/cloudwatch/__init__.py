"""The manual of `kind = "cloudwatch"`: EC2 instances of AWS by tag, their load from CloudWatch, power by a model.

    [[sources]]
    id = "research-ec2"
    kind = "cloudwatch"
    point = "aws-use1/research"       # all instances that carry the tags, as one point
    metrics = ["power"]
    interval_s = 300                  # CloudWatch's own step; 60 needs detailed monitoring of the instances
    deadline_s = 30
    region = "us-east-1"
    tags = { team = "research" }      # all of them; left out: every instance of the region
    # gpu_utilisation = 0.7           # of GPU instances: CloudWatch does not know; left out: at their device power
    # storage = true                  # with the EBS volumes of these instances, stopped ones too
    # network = true                  # with what they send (NetworkOut)
    # may_be_none = true              # no instance at all is 0 W, not a slip in the tags
    # instances = { file = "instances.csv" }        # own rows, as in [factors]
    # coefficients = { file = "coefficients.csv" }
    # items = { file = "items.csv" }
    # access_key = { env = "AWS_ACCESS_KEY_ID" }    # left out: boto3's own chain, such as the role of the machine
    # secret_key = { file = "/run/secrets/aws" }
    # session_token = { env = "AWS_SESSION_TOKEN" }
    # endpoint = "https://..."        # of a private endpoint

**Permission**: `ec2:DescribeInstances` and `cloudwatch:GetMetricData`, with `storage` `ec2:DescribeVolumes`.

**What it is.** CloudWatch has no power. For each running instance: vCPUs times the processor's power between idle and
full load at its mean CPUUtilization of the last whole step, and its GPUs at their device power (`config/usage`). With
`storage` each volume at the W/TB of its disks, for each copy that AWS keeps; with `network` what was sent, by GB.
Snapshots, buckets and other transfer are in bills alone (`[[usage]]`). All of it is **estimated**, before PUE. The sum
is one reading. A point may take bills too: this is live, and the hours of a bill stand in its place once that is
imported, for amounts rank before power.

| EC2 and CloudWatch say | the reading |
|---|---|
| running instances with datapoints | their sum |
| a running instance without a datapoint yet | counted at full load |
| a running instance without a datapoint of NetworkOut yet | nothing is added for what it sent |
| instances with the tags, none of them running | 0 W, a measured zero; with `storage` what their volumes take |
| no instance with the tags at all | none, and an error, for a slip in the tags is not 0 W; unless `may_be_none` |
| an instance type that is in no table | none, and an error that says which row to add |

**Errors**: no answer, throttling: `SourceUnreachable`. Keys or rights refused, no instance: `SourceRefused`. A type
without a row: `PayloadUnreadable`. Messages carry AWS's code, never a key.
"""

from collectors.plugins.cloudwatch.collector import CloudWatch

__all__ = ["CloudWatch"]
