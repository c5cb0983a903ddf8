"""One comment on a pull request for a result, kept up to date; on GitHub and on GitLab."""
