"""Where pyinfra begins: how a plan is looked at, carried out, foretold and reported, for both systems alike."""
