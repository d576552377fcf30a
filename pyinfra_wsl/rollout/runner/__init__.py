"""Who carries shards out: ``python -m pyinfra_wsl.rollout.runner``, a process that has loaded all and forks for each shard."""
