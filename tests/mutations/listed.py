LISTED = []
