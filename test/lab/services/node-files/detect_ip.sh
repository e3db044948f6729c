#!/bin/bash
# Prints this node's address, as the operator's ip-detect script does.
jq -r .address /etc/lab/node.json
