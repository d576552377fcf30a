"""What several tests share: laptops of the lab, laptops that answer as they are told, files, looks."""
