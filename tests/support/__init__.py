"""Parts that tests of several folders share: real programs, brokers, simulated devices, browsers."""
