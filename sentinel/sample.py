def land_sample_if_empty(settings): pass
