def write_pictures(results, folder):
    pass
