"""What the service costs, told as ratios measured in one run; `make bench` prints them as one table."""
