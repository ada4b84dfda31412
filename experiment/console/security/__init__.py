"""Who may open which page: keys, hosts, origins, sizes, paths, other devices."""
