"""The screens of models: which one answers, how its loading goes, opening a file."""
