"""What may stand in the desk's history: one judge for what a clone sends and what a hub takes."""
