"""What is on the screen. A widget shows its presenter's state and passes on what a person does; it decides nothing."""
