"""DMN's own XML, 1.1 to 1.5: readers and writers of the model's types. The only place that knows lxml."""
