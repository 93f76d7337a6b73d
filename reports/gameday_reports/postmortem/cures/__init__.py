"""The field's own cures: which of them a run asks for, and what each action needs to be done and to be seen as done."""
