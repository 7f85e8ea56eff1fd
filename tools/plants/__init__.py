"""Mutation testing: plant small faults in the code, and run the tests against each."""
