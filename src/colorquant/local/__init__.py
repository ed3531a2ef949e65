"""The whole service on this machine, with S3 and SQS emulated in this process."""
