"""What is declared: Pulumi's states and previews, turned into `model.Declarations`."""
