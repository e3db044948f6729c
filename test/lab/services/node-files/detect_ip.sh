#!/bin/bash
# Prints this node's address, as the operator's ip-detect script does.
cat /etc/lab/address
