#!/bin/bash
# Runs once, when InfluxDB 2 is set up: InfluxQL finds the bucket, and the boards have a user who may only read.
# (A 1.x image reads this file too and has made both already; it must not `exit` then.)
if [ -n "${DOCKER_INFLUXDB_INIT_BUCKET_ID:-}" ]; then
    influx v1 dbrp create --org "$DOCKER_INFLUXDB_INIT_ORG" --bucket-id "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
        --db liangqu --rp autogen --default &&
        influx v1 auth create --org "$DOCKER_INFLUXDB_INIT_ORG" --read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
            --username reader --password "$(cat /run/secrets/influxdb_reader_password)"
fi
