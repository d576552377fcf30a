"""What a run did: a journal per host, one JSON document per run and host, and the table at the end."""
