"""From targets that were found to the texts that declare them."""
