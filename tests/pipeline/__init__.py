"""What must hold for ci.yml and publish.yml together; what must hold for a release alone are checks of `validate`."""
