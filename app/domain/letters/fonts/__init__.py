"""The typefaces of letters, each as its makers published it; their licence lies beside them."""
