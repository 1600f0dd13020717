"""What assets, checks and sensors are handed to work with."""
